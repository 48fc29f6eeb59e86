import type { Editor } from "../commands";
import type { Joint } from "../commands/nodes";
import { t } from "../i18n";
import type { Blueprint } from "../model/blueprint";
import { blueprintOf } from "./blueprints";
import { centre, middle, reveal } from "./canvas/handle";
import { loaderOf, type ModelName } from "./models";
import { notify } from "./notify";
import { activeTab } from "./session";

/** Adds a node to the active workflow at a place of the graph, else near the middle of the view; a published subgraph by its key. */
export function addNode(name: string, pos?: [number, number], joint: Joint | null = null): void {
  const commands = activeTab()?.workflow.editor.commands;
  const blueprint = blueprintOf(name);
  if (!commands) return;
  const added = blueprint ? placed(commands, blueprint, pos, joint) : pos ? commands.add(name, pos, joint) : commands.addFreely(name, middle().graph);
  if (added !== null && !pos) reveal(added);
  if (added === null && blueprint) notify({ kind: "bad", text: t("nodes.insideItself", { name: blueprint.title }) });
}

function placed(commands: Editor["commands"], blueprint: Blueprint, pos: [number, number] | undefined, joint: Joint | null): string | null {
  return pos ? commands.place(blueprint, pos, joint) : commands.placeFreely(blueprint, middle().graph);
}

/** Adds the node that loads a model file, near the middle of the view or at a place of the graph. */
export function addLoader(model: ModelName, pos?: [number, number]): void {
  const editor = activeTab()?.workflow.editor;
  if (!editor) return;
  const loader = loaderOf(model, editor.state().catalogue);
  if (!loader) {
    notify({ kind: "bad", text: t("models.noLoader", { name: model.name }) });
    return;
  }
  const values = { [loader.input]: model.name };
  const added = pos ? editor.commands.add(loader.type.name, pos, null, values) : editor.commands.addFreely(loader.type.name, middle().graph, values);
  if (added !== null && !pos) reveal(added);
}

/** Brings a node of the active workflow into the middle of the view; by its id in a run, `12:3` within a subgraph. */
export function goTo(id: string): void {
  centre(id);
}
