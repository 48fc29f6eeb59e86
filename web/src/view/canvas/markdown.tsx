/** Notes' Markdown: headings, lists, quotes, code, bold, italic, links. Text stays text: nothing in it becomes markup. */

import { Fragment, type ReactNode } from "react";

const INLINE = /(`[^`]+`)|(\*\*[^*]+\*\*)|(\*[^*]+\*|_[^_]+_)|\[([^\]]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s)]+)/g;

export function Markdown({ text }: { text: string }) {
  return <>{blocksOf(text).map((block, at) => <Fragment key={at}>{block}</Fragment>)}</>;
}

function blocksOf(text: string): ReactNode[] {
  const blocks: ReactNode[] = [];
  const lines = text.split("\n");
  while (lines.length > 0) {
    const line = lines[0] ?? "";
    if (line.startsWith("```")) {
      lines.shift();
      blocks.push(<pre>{takeWhile(lines, (each) => !each.startsWith("```")).join("\n")}</pre>);
      lines.shift();
    } else if (/^\s*([-*+]|\d+\.)\s/.test(line)) {
      const items = takeWhile(lines, (each) => /^\s*([-*+]|\d+\.)\s/.test(each)).map((each, at) => <li key={at}>{inline(each.replace(/^\s*([-*+]|\d+\.)\s+/, ""))}</li>);
      blocks.push(/^\s*\d/.test(line) ? <ol>{items}</ol> : <ul>{items}</ul>);
    } else if (line.startsWith(">")) {
      blocks.push(<blockquote>{inline(takeWhile(lines, (each) => each.startsWith(">")).map((each) => each.slice(1).trim()).join(" "))}</blockquote>);
    } else if (/^#{1,6}\s/.test(line)) {
      lines.shift();
      const level = line.indexOf(" ");
      blocks.push(<p className={`heading level-${Math.min(level, 3)}`}>{inline(line.slice(level + 1))}</p>);
    } else if (line.trim() === "") {
      lines.shift();
    } else {
      blocks.push(<p>{paragraph(takeWhile(lines, (each) => each.trim() !== "" && !/^(#{1,6}\s|>|```|\s*([-*+]|\d+\.)\s)/.test(each)))}</p>);
    }
  }
  return blocks;
}

/** Takes lines off the front; always at least one, so that reading ends. */
function takeWhile(lines: string[], test: (line: string) => boolean): string[] {
  const taken: string[] = [];
  while (lines.length > 0 && test(lines[0] ?? "")) taken.push(lines.shift() ?? "");
  return taken;
}

function paragraph(lines: readonly string[]): ReactNode[] {
  return lines.flatMap((line, at) => [...(at > 0 ? [<br key={`b${at}`} />] : []), <Fragment key={at}>{inline(line)}</Fragment>]);
}

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, bold, italic, label, target, bare] = found;
    parts.push(text.slice(from, found.index));
    from = found.index + whole.length;
    if (code) parts.push(<code key={from}>{code.slice(1, -1)}</code>);
    else if (bold) parts.push(<strong key={from}>{bold.slice(2, -2)}</strong>);
    else if (italic) parts.push(<em key={from}>{italic.slice(1, -1)}</em>);
    else parts.push(link(label ?? bare ?? "", target ?? bare ?? "", from));
  }
  return [...parts, text.slice(from)];
}

function link(label: string, target: string, key: number): ReactNode {
  if (!/^https?:\/\//i.test(target)) return label;
  return <a key={key} href={target} target="_blank" rel="noreferrer noopener">{label}</a>;
}
