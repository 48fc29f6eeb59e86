import { useEffect } from "react";
import { create } from "zustand";
import { api } from "../api/client";
import { t } from "../i18n";
import { readBlueprint, type Blueprint } from "../model/blueprint";
import { definitionOf } from "../model/graph";
import { BLUEPRINTS } from "../model/kinds";
import { attempt, notify } from "./notify";
import { showPanel } from "./panels";
import { unlessTaken, type Saving } from "./saving";
import { activeTab } from "./session";

const FOLDER = "subgraphs";

const useKnown = create<{ all: readonly Blueprint[] }>()(() => ({ all: [] }));

/** The published subgraphs: the user's own, then those that packs ship. They are read when something first shows them. */
export function useBlueprints(): readonly Blueprint[] {
  useEffect(() => void loadBlueprints(), []);
  return useKnown((known) => known.all);
}

export function blueprintOf(key: string): Blueprint | undefined {
  return useKnown.getState().all.find((blueprint) => blueprint.key === key);
}

/** A category as lists show it: the names of other ones come from the server. */
export function categoryText(category: string): string {
  return category === BLUEPRINTS ? t("nodes.blueprints") : category;
}

let loading: Promise<void> | undefined;

function loadBlueprints(): Promise<void> {
  loading ??= reload();
  return loading;
}

export function forgetBlueprints(): void {
  loading = undefined;
}

async function reload(): Promise<void> {
  const all = await attempt(() => Promise.all([ofUser(), ofPacks()]));
  if (all) useKnown.setState({ all: all.flat() });
  else forgetBlueprints(); // the next who shows them asks again
}

async function ofUser(): Promise<Blueprint[]> {
  const files = (await api.subgraphs.list()).sort((one, other) => one.path.localeCompare(other.path));
  const found = await Promise.all(files.map(async ({ path }) => read(await api.subgraphs.read(path), path.replace(/\.json$/, ""), null)));
  return found.flat();
}

async function ofPacks(): Promise<Blueprint[]> {
  const found = await Promise.all(
    Object.entries(await api.packSubgraphs()).map(async ([id, { name, info }]) => {
      const whole = await api.packSubgraph(id);
      return whole ? read(whole.data, name, info.node_pack) : [];
    }),
  );
  return found.flat();
}

/** None where the file is no published subgraph: that is told, and the others are there all the same. */
function read(text: string, title: string, pack: string | null): Blueprint[] {
  const key = `${pack === null ? "" : `${pack}/`}${FOLDER}/${title}.json`;
  try {
    return [readBlueprint(text, { key, title, pack })];
  } catch (error) {
    notify({ kind: "bad", text: t("nodes.broken", { name: key, problem: error instanceof Error ? error.message : String(error) }) });
    return [];
  }
}

/** Asks under which name to publish the selected subgraph. */
export async function askToPublish(): Promise<void> {
  await loadBlueprints();
  showPanel({ dialog: "publish" });
}

/** The selected instance, and what it was published as before. */
export function publishable(): { id: string; title: string; description: string } | null {
  const editor = activeTab()?.workflow.editor;
  const [id] = editor?.state().selection ?? [];
  const node = id === undefined ? undefined : editor?.core.node(id);
  const definition = node && editor && definitionOf(editor.core.root, node.type);
  if (id === undefined || !definition) return null;
  const before = useKnown.getState().all.find((each) => each.pack === null && each.definition.id === definition.id);
  const own = typeof definition.description === "string" ? definition.description : "";
  return { id, title: before?.title ?? node.title ?? definition.name, description: before?.description ?? own };
}

/** Publishes an instance of the active workflow, unless the name is taken and must not be overwritten. */
export function publish(id: string, title: string, description: string, overwrite: boolean): Promise<Saving> {
  return unlessTaken(async () => {
    const text = activeTab()?.workflow.editor.commands.published(id, title, description);
    if (text === undefined) return;
    await api.subgraphs.save(`${title}.json`, text, overwrite);
    await reload();
    notify({ kind: "good", text: t("nodes.published", { name: title }) });
  });
}

/** Takes one of the user's own away; workflows that have it keep it. */
export async function unpublish({ title }: Blueprint): Promise<void> {
  const path = `${title}.json`;
  await attempt(async () => {
    const text = await api.subgraphs.read(path);
    await api.subgraphs.delete(path);
    const undo = () => void attempt(() => api.subgraphs.save(path, text, false)).then(reload);
    notify({ kind: "info", text: t("nodes.removed", { name: title }), action: { label: t("edit.undo"), run: undo } });
    await reload();
  });
}
