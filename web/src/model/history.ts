/**
 * The command log: what each command changed, as pure records that apply both ways. Undo applies the inverse, so it
 * gives the very same bytes.
 */

import { isObject } from "./json";

/** At a path, `before` made way for `after`; each may be any part of a file. */
export interface Change {
  path: readonly (string | number)[];
  before: unknown;
  after: unknown;
}

/** What differs between two states, by the smallest parts. Parts that are the same object are not looked into. */
export function changesBetween(before: unknown, after: unknown, path: readonly (string | number)[] = []): Change[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((each, at) => changesBetween(each, after[at], [...path, at]));
  }
  if (isObject(before) && isObject(after) && sameKeys(before, after)) {
    return Object.keys(before).flatMap((key) => changesBetween(before[key], after[key], [...path, key]));
  }
  return [{ path, before, after }];
}

function sameKeys(one: object, other: object): boolean {
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return keys.length === others.length && keys.every((key, at) => key === others[at]);
}

export function inverse(changes: readonly Change[]): Change[] {
  return changes.map(({ path, before, after }) => ({ path, before: after, after: before })).reverse();
}

/** A state with changes applied. `copy` makes the copies of the parts on the way. */
export function apply<T>(state: T, changes: readonly Change[], copy: <U extends object>(part: U, key: string | number, value: unknown) => U): T {
  return changes.reduce((now, { path, after }) => replaceAt(now, path, after, copy) as T, state);
}

function replaceAt(part: unknown, path: readonly (string | number)[], value: unknown, copy: <U extends object>(part: U, key: string | number, value: unknown) => U): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inner = (part as Record<string | number, unknown>)[key];
  return copy(part as object, key, replaceAt(inner, rest, value, copy));
}

export interface Entry {
  /** What was done, as a name that the view translates. */
  name: string;
  changes: readonly Change[];
  /** Entries with the same key that follow each other soon are one. */
  key: string | null;
  at: number;
}

export interface Log {
  done: readonly Entry[];
  undone: readonly Entry[];
}

export const EMPTY_LOG: Log = { done: [], undone: [] };
const SOON = 1000; // milliseconds between two entries that are one
const KEPT = 1000; // entries

/** The log with one more entry; what was undone is gone. */
export function record({ done }: Log, entry: Entry): Log {
  const last = done.at(-1);
  if (last && entry.key !== null && last.key === entry.key && entry.at - last.at < SOON) {
    return { done: [...done.slice(0, -1), { ...entry, changes: [...last.changes, ...entry.changes] }], undone: [] };
  }
  return { done: [...done.slice(-KEPT + 1), entry], undone: [] };
}

/** The entry to undo, and the log after that; null where there is none. */
export function undo({ done, undone }: Log): { log: Log; changes: Change[]; entry: Entry } | null {
  const entry = done.at(-1);
  return entry ? { log: { done: done.slice(0, -1), undone: [...undone, entry] }, changes: inverse(entry.changes), entry } : null;
}

export function redo({ done, undone }: Log): { log: Log; changes: readonly Change[]; entry: Entry } | null {
  const entry = undone.at(-1);
  return entry ? { log: { done: [...done, { ...entry, key: null }], undone: undone.slice(0, -1) }, changes: entry.changes, entry } : null;
}
