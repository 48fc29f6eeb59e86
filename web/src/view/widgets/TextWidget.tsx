import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { completionsAt, weigh } from "../../model/prompting";
import { useEmbeddings } from "./embeddings";
import { useWidget, type WidgetProps } from "./useWidget";

/** A text. In those of several lines ctrl-up and ctrl-down weigh words, and `embedding:` completes names. */
export function TextWidget({ node, widget, label }: WidgetProps) {
  const [value, set] = useWidget(node, widget);
  const text = typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  const options = widget.input?.options ?? {};
  if (options.multiline) return <LongText text={text} set={set} label={label} placeholder={options.placeholder ?? label} />;
  return (
    <label className="widget-box nodrag">
      <span className="widget-label">{label}</span>
      <input className="text-field" value={text} placeholder={options.placeholder} onChange={(event) => set(event.target.value)} onKeyDown={leaveOnEscape} />
    </label>
  );
}

function leaveOnEscape(event: KeyboardEvent<HTMLElement>): void {
  if (event.key === "Escape" || (event.key === "Enter" && event.currentTarget instanceof HTMLInputElement)) {
    event.stopPropagation();
    leave(event.currentTarget);
  }
}

/** Gives the keyboard back to the node. */
function leave(field: HTMLElement): void {
  field.blur();
  field.closest<HTMLElement>(".react-flow__node")?.focus();
}

function LongText({ text, set, label, placeholder }: { text: string; set: (text: string) => void; label: string; placeholder: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const marks = useRef<[number, number] | null>(null);
  const embeddings = useEmbeddings();
  const [cursor, setCursor] = useState<number | null>(null);
  const [marked, mark] = useState(0);
  const offered = cursor === null ? null : completionsAt(text, cursor, embeddings);

  useEffect(() => {
    if (marks.current && field.current) field.current.setSelectionRange(...marks.current);
    marks.current = null;
  }, [text]);

  function complete(name: string): void {
    if (!offered || cursor === null) return;
    marks.current = [offered.from + name.length, offered.from + name.length];
    set(text.slice(0, offered.from) + name + text.slice(cursor));
    setCursor(null);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    const area = event.currentTarget;
    const isWeighing = (event.ctrlKey || event.metaKey) && (event.key === "ArrowUp" || event.key === "ArrowDown");
    if (isWeighing) {
      const next = weigh({ text, from: area.selectionStart, to: area.selectionEnd }, event.key === "ArrowUp" ? 1 : -1);
      marks.current = [next.from, next.to];
      set(next.text);
    } else if (offered && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      mark((marked + (event.key === "ArrowDown" ? 1 : -1) + offered.names.length) % offered.names.length);
    } else if (offered && (event.key === "Enter" || event.key === "Tab")) {
      complete(offered.names[Math.min(marked, offered.names.length - 1)] ?? "");
    } else if (event.key === "Escape") {
      if (offered) setCursor(null);
      else leave(area);
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }

  return (
    <div className="long-text nodrag nopan">
      <textarea
        ref={field}
        className="nowheel"
        value={text}
        placeholder={placeholder}
        aria-label={label}
        spellCheck={false}
        onChange={(event) => {
          set(event.target.value);
          setCursor(event.target.selectionStart);
          mark(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setCursor(null)}
      />
      {offered && (
        <ul className="completions" role="listbox" aria-label={label}>
          {offered.names.map((name, at) => (
            <li key={name} role="option" aria-selected={at === marked} onPointerDown={(event) => { event.preventDefault(); complete(name); }}>{name}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
