import type { ObjectInfo } from "../api/wire";
import { t } from "../i18n";
import type { Blueprint } from "../model/blueprint";
import { BLUEPRINTS } from "../model/kinds";
import type { Action } from "./actions";
import { categoryText } from "./blueprints";
import { addNode } from "./going";
import { showTab, type Tab } from "./session";

export interface PaletteEntry {
  id: string;
  title: string;
  detail: string;
  keys?: string | undefined;
  run: () => void;
}

/** What the palette offers for a text: commands, open workflows, then nodes and published subgraphs; without a text only commands and workflows. */
export function entriesFor(text: string, actions: readonly Action[], info: ObjectInfo | null, tabs: readonly Tab[], blueprints: readonly Blueprint[]): PaletteEntry[] {
  const commands = actions
    .filter((action) => action.when?.() ?? true)
    .map((action) => ({ id: action.id, title: action.title(), detail: t(`palette.groups.${action.group}`), keys: action.keys?.[0], run: action.run }));
  const workflows = tabs.map((tab) => ({ id: `tab:${tab.id}`, title: tab.title, detail: t("palette.workflow"), run: () => showTab(tab.id) }));
  const all = text.trim() === "" ? [...commands, ...workflows] : [...commands, ...workflows, ...nodes(info), ...published(blueprints)];
  return ranked(all, text);
}

function nodes(info: ObjectInfo | null): PaletteEntry[] {
  return Object.entries((info ?? {}) as Record<string, { display_name?: string; category?: string }>).map(([type, { display_name, category }]) => ({
    id: `node:${type}`,
    title: display_name ?? type,
    detail: category ?? "",
    run: () => addNode(type),
  }));
}

function published(blueprints: readonly Blueprint[]): PaletteEntry[] {
  return blueprints.map(({ key, title }) => ({ id: `node:${key}`, title, detail: categoryText(BLUEPRINTS), run: () => addNode(key) }));
}

/** The entries that fit, best first; entries of one score keep their order. */
export function ranked(entries: readonly PaletteEntry[], text: string): PaletteEntry[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [...entries];
  return entries
    .map((entry) => [fit(entry.title.toLowerCase(), wanted), entry] as const)
    .filter(([score]) => score < Infinity)
    .sort(([one], [other]) => one - other)
    .map(([, entry]) => entry);
}

/** How badly a title fits: 0 where it begins so, more where a word in it does, most where only the letters come in order. */
export function fit(title: string, wanted: string): number {
  if (title.startsWith(wanted)) return 0;
  if (title.includes(` ${wanted}`)) return 1;
  if (title.includes(wanted)) return 2;
  let at = -1;
  let gaps = 0;
  for (const letter of wanted.replace(/\s/g, "")) {
    const next = title.indexOf(letter, at + 1);
    if (next < 0) return Infinity;
    gaps += next - at - 1;
    at = next;
  }
  return 3 + gaps;
}

