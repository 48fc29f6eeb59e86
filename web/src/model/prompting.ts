/** Writing prompts: weights of what is marked, and the names that can be completed. */

export interface Marked {
  text: string;
  from: number;
  to: number;
}

const STEP = 0.05;

/** Raises or lowers the weight of what is marked, or of the word at the cursor: `cat` becomes `(cat:1.05)`. */
export function weigh({ text, from, to }: Marked, direction: 1 | -1): Marked {
  let [start, end] = from === to ? wordAt(text, from) : trimmed(text, from, to);
  if (start === end) return { text, from, to };
  // Inside brackets that hold nothing else: the weight there changes.
  const before = text.slice(0, start).endsWith("(") ? /^:(-?[\d.]+)\)/.exec(text.slice(end)) : null;
  const inside = /^\((.*):(-?[\d.]+)\)$/s.exec(text.slice(start, end));
  let [inner, weight] = [text.slice(start, end), 1];
  if (inside) [inner, weight] = [inside[1] ?? "", Number(inside[2])];
  else if (before) {
    weight = Number(before[1]);
    start -= 1;
    end += before[0].length;
  }
  const next = Math.round((weight + direction * STEP) * 100) / 100;
  const isPlain = Math.abs(next - 1) < 0.001;
  const written = isPlain ? inner : `(${inner}:${next})`;
  const offset = isPlain ? 0 : 1;
  return { text: text.slice(0, start) + written + text.slice(end), from: start + offset, to: start + offset + inner.length };
}

function wordAt(text: string, at: number): [number, number] {
  let [from, to] = [at, at];
  while (from > 0 && /[^\s,()]/.test(text[from - 1] ?? "")) from--;
  while (to < text.length && /[^\s,():]/.test(text[to] ?? "")) to++;
  return [from, Math.max(from, to)];
}

function trimmed(text: string, from: number, to: number): [number, number] {
  let [start, end] = [from, to];
  while (start < end && /\s/.test(text[start] ?? "")) start++;
  while (end > start && /\s/.test(text[end - 1] ?? "")) end--;
  return [start, end];
}

/** Names that complete `embedding:xy` at the cursor, and where that part begins; null where nothing is being named. */
export function completionsAt(text: string, at: number, embeddings: readonly string[]): { from: number; names: string[] } | null {
  const found = /(?:^|[\s,(])(embedding:([^\s,():]*))$/i.exec(text.slice(0, at));
  if (!found) return null;
  const typed = (found[2] ?? "").toLowerCase();
  const names = embeddings.filter((name) => name.toLowerCase().includes(typed)).sort((one, other) => Number(other.toLowerCase().startsWith(typed)) - Number(one.toLowerCase().startsWith(typed)));
  return names.length > 0 ? { from: at - (found[1] ?? "").length, names: names.slice(0, 8).map((name) => `embedding:${name}`) } : null;
}
