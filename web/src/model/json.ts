/**
 * JSON that is written as it was read: the spelling of numbers (`1.0`, seeds beyond 2^53, `NaN`), the order of keys,
 * spaces and escapes. A part that no edit touched comes out byte for byte.
 *
 * Values are plain; what plain values cannot hold is remembered beside the object or list that holds them. `put` and
 * `replaceItem` copy a container and keep that knowledge.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** How a file was written. */
export interface Style {
  item: string;
  colon: string;
  /** Spaces of one level; empty if all stands in one line. */
  indent: string;
  ascii: boolean;
  /** What follows the last bracket, and what precedes the first. */
  head: string;
  tail: string;
}

export const COMPACT: Style = { item: ",", colon: ":", indent: "", ascii: false, head: "", tail: "" };

interface Spelling {
  tokens: Map<string, string>;
  order: string[] | null;
}

const spellings = new WeakMap<object, Spelling>();
const SPACE = /[ \t\n\r\uFEFF]*/y;
const NUMBER = /-?(?:Infinity|NaN|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const WORDS: Record<string, null | boolean> = { null: null, true: true, false: false };
const INTEGER_KEY = /^(0|[1-9]\d*)$/;

/** Reads JSON, with the bare words NaN and Infinity that Python writes. SyntaxError says where it breaks. */
export function parseJson(text: string): Json {
  let at = 0;

  function skip(pattern: RegExp): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw new SyntaxError(`Unexpected text at position ${at} of the file: ${text.slice(at, at + 20)}`);
    at += found.length;
    return found;
  }

  function take(sign: string): boolean {
    skip(SPACE);
    if (text[at] !== sign) return false;
    at++;
    return true;
  }

  function expect(sign: string): void {
    if (!take(sign)) throw new SyntaxError(`Expected '${sign}' at position ${at} of the file.`);
  }

  function value(note: (token: string) => void): Json {
    skip(SPACE);
    const sign = text[at];
    if (sign === "{") return object();
    if (sign === "[") return list();
    if (sign === '"') return JSON.parse(skip(STRING)) as string;
    for (const word in WORDS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return WORDS[word] ?? null;
      }
    }
    const token = skip(NUMBER);
    const number = token === "-0" ? -0 : Number(token);
    if (spell(number) !== token) note(token);
    return number;
  }

  function list(): Json[] {
    at++;
    const items: Json[] = [];
    const tokens = new Map<string, string>();
    if (take("]")) return items;
    do items.push(value((token) => tokens.set(String(items.length), token)));
    while (take(","));
    expect("]");
    if (tokens.size > 0) spellings.set(items, { tokens, order: null });
    return items;
  }

  function object(): JsonObject {
    at++;
    const found: JsonObject = {};
    const tokens = new Map<string, string>();
    const order: string[] = [];
    if (take("}")) return found;
    do {
      skip(SPACE);
      const key = JSON.parse(skip(STRING)) as string;
      expect(":");
      set(found, key, value((token) => tokens.set(key, token)));
      order.push(key);
    } while (take(","));
    expect("}");
    const isMoved = order.some((key) => INTEGER_KEY.test(key)); // such keys come first in plain objects
    if (tokens.size > 0 || isMoved) spellings.set(found, { tokens, order: isMoved ? [...new Set(order)] : null });
    return found;
  }

  const found = value(() => undefined);
  skip(SPACE);
  if (at < text.length) throw new SyntaxError(`Unexpected text at position ${at} of the file: ${text.slice(at, at + 20)}`);
  return found;
}

/** The style of a text, from its first signs. */
export function styleOf(text: string): Style {
  const start = text.search(/[[{]/);
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  const indent = /^[[{]\n([ \t]+)/.exec(text.slice(start))?.[1] ?? "";
  let [item, colon] = ["", ":"];
  for (const [sign, comma, gap] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:\s*)?|,( ?)/gs)) {
    if (comma !== undefined) colon = comma;
    if (sign.startsWith(",")) {
      item = gap ?? "";
      break;
    }
  }
  const ascii = /\\u[0-9a-f]{4}/i.test(text) && !/[\u0080-\uffff]/.test(text);
  return { item: indent ? "," : "," + item, colon, indent, ascii, head: text.slice(0, Math.max(start, 0)), tail: end < 0 ? "" : text.slice(end + 1) };
}

export function writeJson(value: Json, style: Style = COMPACT): string {
  const { item, colon, indent, ascii } = style;

  function quote(text: string): string {
    const quoted = JSON.stringify(text);
    return ascii ? quoted.replace(/[\u007f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`) : quoted;
  }

  function wrap(open: string, parts: string[], close: string, level: number): string {
    if (parts.length === 0) return open + close;
    if (indent === "") return open + parts.join(item) + close;
    const line = "\n" + indent.repeat(level + 1);
    return open + line + parts.join(item + line) + "\n" + indent.repeat(level) + close;
  }

  function write(value: Json, level: number, token?: string): string {
    if (typeof value === "string") return quote(value);
    if (typeof value === "number") return token !== undefined && Object.is(Number(token), value) ? token : spell(value);
    if (value === null || typeof value !== "object") return String(value);
    const spelling = spellings.get(value);
    if (Array.isArray(value)) return wrap("[", value.map((each, at) => write(each, level + 1, spelling?.tokens.get(String(at)))), "]", level);
    const parts = keysOf(value).map((key) => quote(key) + colon + write(value[key] ?? null, level + 1, spelling?.tokens.get(key)));
    return wrap("{", parts, "}", level);
  }

  return style.head + write(value, 0) + style.tail;
}

/** Keys in the order of the file, then those that came later. */
function keysOf(object: JsonObject): string[] {
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  const order = spellings.get(object)?.order;
  if (!order) return keys;
  const have = new Set(keys);
  const known = new Set(order);
  return [...order.filter((key) => have.has(key)), ...keys.filter((key) => !known.has(key))];
}

function spell(number: number): string {
  if (Object.is(number, -0)) return "-0";
  return String(number);
}

function set(object: JsonObject, key: string, value: Json): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** A copy with other values; `undefined` takes a key away. What the copy shares with the original stays as written. */
export function put<T extends object>(object: T, changes: Partial<{ [K in keyof T]: T[K] | undefined }> | Record<string, unknown>): T {
  const copy = { ...object } as Record<string, unknown>;
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(copy, key);
    else set(copy as JsonObject, key, value as Json);
  }
  return kept(object, copy as T);
}

/** A copy of a list with one item replaced, or added at the end. */
export function replaceItem<T>(list: readonly T[], at: number, item: T): T[] {
  const copy = [...list];
  copy[at] = item;
  return kept(list, copy);
}

function kept<T extends object>(original: object, copy: T): T {
  const spelling = spellings.get(original);
  if (spelling) spellings.set(copy, spelling);
  return copy;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
