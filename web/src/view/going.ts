import { t } from "../i18n";
import { centre, middle } from "./canvas/handle";
import { loaderOf, type ModelName } from "./models";
import { notify } from "./notify";
import { activeTab } from "./session";

/** Adds a node to the active workflow, near the middle of the view. */
export function addNode(type: string): void {
  activeTab()?.workflow.editor.commands.addFreely(type, middle().graph);
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
  if (pos) editor.commands.add(loader.type.name, pos, null, values);
  else editor.commands.addFreely(loader.type.name, middle().graph, values);
}

/** Brings a node of the active workflow into the middle of the view; by its id in a run, `12:3` within a subgraph. */
export function goTo(id: string): void {
  centre(id);
}
