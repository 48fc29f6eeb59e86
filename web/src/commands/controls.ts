import { updateNode } from "../model/edit";
import { definitionsOf, type GraphJson, type NodeJson } from "../model/graph";
import { withGraph } from "../model/edit";
import type { Catalogue } from "../model/catalogue";
import { stepped } from "../model/stepping";
import { valueOf, withValue } from "../model/values";
import { resolve } from "../model/kinds";
import { widgetsOf } from "../model/widgets";
import type { Core } from "./core";

export const controlCommands = (core: Core) => ({
  /** Steps every seed and choice that is controlled, as after every queued run. Wired ones stay. */
  stepControls(random: () => number = Math.random): void {
    core.changeRoot("step", (root) => {
      const graphs = ["", ...definitionsOf(root).map((definition) => definition.id)];
      return graphs.reduce((now, id) => withGraph(now, id, steppedGraph(now, id, core.state.catalogue, random)), root);
    }, { key: "step" });
  },
});

function steppedGraph(root: GraphJson, id: string, catalogue: Catalogue, random: () => number): GraphJson {
  const graph = id === "" ? root : (definitionsOf(root).find((definition) => definition.id === id) ?? root);
  return graph.nodes.reduce((now, node) => {
    const next = steppedNode(root, now, node, catalogue, random);
    return next === node ? now : updateNode(now, String(node.id), { widgets_values: next.widgets_values });
  }, graph);
}

function steppedNode(root: GraphJson, graph: GraphJson, node: NodeJson, catalogue: Catalogue, random: () => number): NodeJson {
  const { type, kind } = resolve(root, graph, node, catalogue);
  if (kind !== "known" && kind !== "primitive") return node;
  const wired = new Set(node.inputs?.filter((slot) => slot.link !== null && slot.link !== undefined).map((slot) => slot.name));
  const widgets = widgetsOf(type);
  return widgets.reduce((now, widget) => {
    if (widget.kind !== "control" || widget.controls === null || wired.has(widget.controls)) return now;
    const target = widgets.find((each) => each.name === widget.controls);
    const filter = widgets.find((each) => each.kind === "filter" && each.controls === widget.controls);
    if (!target) return now;
    const value = stepped(target, valueOf(now, type, target), valueOf(now, type, widget), filter ? valueOf(now, type, filter) : null, random);
    return value === undefined ? now : { ...now, widgets_values: withValue(now, type, target.name, value) };
  }, node);
}
