import { activeTab } from "../view/session";
import { goTo } from "../view/going";
import { scriptsChanged } from "../view/scripted";
import { livingIn } from "./living";
import type { ScriptNode } from "./node";

/** The field's `app.graph`: the nodes of the active workflow. */
export const scriptGraph = {
  get _nodes(): ScriptNode[] {
    const tab = activeTab();
    return tab ? livingIn(tab.workflow.editor) : [];
  },
  get nodes(): ScriptNode[] {
    return this._nodes;
  },
  getNodeById: (id: number | string): ScriptNode | null => scriptGraph._nodes.find((node) => node.key === String(id)) ?? null,
  findNodesByType: (type: string): ScriptNode[] => scriptGraph._nodes.filter((node) => node.type === type),
  findNodesByTitle: (title: string): ScriptNode[] => scriptGraph._nodes.filter((node) => node.title === title),
  remove: (node: ScriptNode): void => activeTab()?.workflow.editor.commands.remove([node.key]),
  serialize: (): unknown => activeTab()?.workflow.json(),
  setDirtyCanvas: scriptsChanged,
  change: scriptsChanged,
};

/** As much of the field's `app.canvas` as scripts mostly ask for. */
export const scriptCanvas = {
  graph: scriptGraph,
  get selected_nodes(): Record<string, ScriptNode> {
    const chosen = new Set(activeTab()?.workflow.selection());
    return Object.fromEntries(scriptGraph._nodes.filter(({ key }) => chosen.has(key)).map((node) => [node.key, node]));
  },
  selectNode: (node: ScriptNode): void => activeTab()?.workflow.editor.commands.select([node.key]),
  centerOnNode: (node: ScriptNode): void => goTo(node.key),
  setDirty: scriptsChanged,
  draw: scriptsChanged,
};
