/** Finding nodes by a few letters, and those that fit a wire. */

import type { Catalogue, NodeType } from "./catalogue";
import { VIRTUAL } from "./kinds";
import { fits, isWild } from "./types";
import { hasWidget } from "./widgets";

/** A wire in the hand: what a node must take (`into`), or give (`out of`). */
export interface Loose {
  type: string;
  /** `output` if the wire begins at an output, so that the node must have a fitting input. */
  from: "output" | "input";
}

export interface Found {
  type: NodeType;
  score: number;
  /** Places in the title of the letters that were found. */
  marks: readonly number[];
}

/**
 * How well letters match a text, and where: whole words and their beginnings count most. Null if a letter is missing.
 * Every letter of the query must occur in order.
 */
export function match(query: string, text: string): { score: number; marks: number[] } | null {
  const [wanted, lower] = [query.toLowerCase(), text.toLowerCase()];
  const whole = lower.indexOf(wanted);
  if (whole >= 0) {
    const starts = whole === 0 || /[\s_(/-]/.test(text[whole - 1] ?? "") || isHump(text, whole);
    const score = 100 + (lower === wanted ? 60 : 0) + (whole === 0 ? 20 : 0) + (starts ? 30 : 0) - text.length / 10;
    return { score, marks: Array.from(wanted, (_, at) => whole + at) };
  }
  const marks: number[] = [];
  let [score, from] = [0, 0];
  for (const letter of wanted.replaceAll(" ", "")) {
    const at = nextPlace(text, lower, letter, from);
    if (at < 0) return null;
    score += at === from && marks.length > 0 ? 3 : isStart(text, at) ? 5 : -1;
    marks.push(at);
    from = at + 1;
  }
  return score < marks.length ? null : { score: score - text.length / 10, marks };
}

/** The next place of a letter, at the beginning of a word if there is one. */
function nextPlace(text: string, lower: string, letter: string, from: number): number {
  if (lower[from] === letter) return from;
  for (let at = lower.indexOf(letter, from); at >= 0; at = lower.indexOf(letter, at + 1)) if (isStart(text, at)) return at;
  return lower.indexOf(letter, from);
}

function isStart(text: string, at: number): boolean {
  return at === 0 || /[\s_(/-]/.test(text[at - 1] ?? "") || isHump(text, at);
}

function isHump(text: string, at: number): boolean {
  return /[A-Z]/.test(text[at] ?? "") && /[a-z]/.test(text[at - 1] ?? "");
}

/** Nodes for a query and a wire in the hand, best first. `recent` are names that were used last. */
export function searchNodes(catalogue: Catalogue, query: string, loose: Loose | null, recent: readonly string[] = [], limit = 60, more: readonly NodeType[] = []): Found[] {
  const found: Found[] = [];
  for (const type of [...catalogue.types.values(), ...VIRTUAL, ...more]) {
    const fit = loose ? fitOf(type, loose) : 1;
    if (fit === 0) continue;
    const at = recent.indexOf(type.name);
    const bonus = (at < 0 ? 0 : 12 - Math.min(at, 10)) + fit * 4 - (type.deprecated ? 30 : 0) - (type.experimental ? 5 : 0);
    const hit = query === "" ? { score: 0, marks: [] } : matchType(query, type);
    if (hit) found.push({ type, score: hit.score + bonus, marks: hit.marks });
  }
  return found.sort((one, other) => other.score - one.score || one.type.title.localeCompare(other.type.title)).slice(0, limit);
}

function matchType(query: string, type: NodeType): { score: number; marks: number[] } | null {
  const title = match(query, type.title);
  const others = [type.name, ...type.aliases].map((text) => match(query, text)?.score ?? -Infinity);
  const category = (match(query, type.category)?.score ?? -Infinity) - 90;
  const score = Math.max(title?.score ?? -Infinity, ...others, category);
  return score === -Infinity ? null : { score, marks: title?.marks ?? [] };
}

/** 0: does not fit; 3: an exact socket; less for unions and wildcards. */
function fitOf(type: NodeType, { type: wanted, from }: Loose): number {
  const types = from === "output" ? type.inputs.filter((input) => !hasWidget(input) || input.type === wanted).map((input) => input.type) : type.outputs.map((output) => output.type);
  if (types.includes(wanted)) return 3;
  if (types.some((each) => !isWild(each) && (from === "output" ? fits(wanted, each) : fits(each, wanted)))) return 2;
  return types.some((each) => isWild(each)) || isWild(wanted) ? 1 : 0;
}
