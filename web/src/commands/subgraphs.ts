import { definitionOf } from "../model/graph";
import { withGraph } from "../model/edit";
import { put, replaceItem } from "../model/json";
import { makeSubgraph, promote, removePort, unpack } from "../model/subgraph";
import type { Core } from "./core";

export const subgraphCommands = (core: Core) => ({
  /** Puts what is selected into a new subgraph. */
  makeSubgraph(name: string): void {
    const { selection, graphId, catalogue } = core.state;
    if (selection.size === 0) return;
    const made = makeSubgraph(core.root, graphId, selection, name, catalogue);
    core.changeRoot("makeSubgraph", () => made.root, { select: made.ids });
  },

  unpack(id: string): void {
    const made = unpack(core.root, core.state.graphId, id, core.state.catalogue);
    core.changeRoot("unpack", () => made.root, { select: made.ids });
  },

  /** Shows the inside of an instance. */
  enter(id: string): void {
    const definition = definitionOf(core.root, core.node(id)?.type ?? "");
    if (definition) core.store.setState(({ path }) => ({ path: [...path, id], graphId: definition.id, selection: new Set(), group: null }));
  },

  /** Goes back to the graph at a depth: 0 is the root. */
  leave(depth: number = core.state.path.length - 1): void {
    const [left, path] = [core.state.path[Math.max(depth, 0)], core.state.path.slice(0, Math.max(depth, 0))];
    if (left === undefined) return;
    core.store.setState({ path, graphId: graphAt(core, path), selection: new Set([left]), group: null });
  },

  promote(id: string, name: string): void {
    core.changeRoot("promote", (root) => promote(root, core.state.graphId, id, name, core.state.catalogue));
  },

  removePort(side: "inputs" | "outputs", at: number): void {
    core.changeRoot("removePort", (root) => removePort(root, core.state.graphId, side, at, core.state.catalogue));
  },

  /** Shows a port under another name; its own name, by which instances know it, stays. */
  renamePort(side: "inputs" | "outputs", at: number, label: string): void {
    const definition = definitionOf(core.root, core.state.graphId);
    const port = definition?.[side][at];
    if (port) core.change("renamePort", (graph) => put(graph, { [side]: replaceItem(definition[side], at, put(port, { label: label || undefined })) }));
  },

  renameSubgraph(id: string, name: string): void {
    const definition = definitionOf(core.root, id);
    if (definition) core.changeRoot("rename", (root) => withGraph(root, id, put(definition, { name })));
  },

  movePorts(side: "inputNode" | "outputNode", pos: [number, number]): void {
    const definition = definitionOf(core.root, core.state.graphId);
    if (!definition) return;
    const [, , width = 120, height = 60] = definition[side].bounding;
    core.change("move", (graph) => put(graph, { [side]: put(definition[side], { bounding: [Math.round(pos[0]), Math.round(pos[1]), width, height] }) }));
  },
});

function graphAt(core: Core, path: readonly string[]): string {
  let graphId = "";
  for (const id of path) {
    const graph = graphId === "" ? core.root : definitionOf(core.root, graphId);
    graphId = graph?.nodes.find((node) => String(node.id) === id)?.type ?? "";
  }
  return graphId;
}
