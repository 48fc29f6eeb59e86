import type { Loose } from "../model/search";
import { addNodes, connect, lastNodeId, moveNodes, removeNodes, updateNode, updateNodes, withGraph } from "../model/edit";
import { newNode } from "../model/create";
import { around, boxOf, clearOf, TITLE, type Box } from "../model/geometry";
import { definitionOf, definitionsOf, graphOf, indexOf, positionOf, type GraphJson, type NodeJson } from "../model/graph";
import { put, type Json } from "../model/json";
import { instanceType, VIRTUAL } from "../model/kinds";
import { shapeOf, slotJson } from "../model/shape";
import { withValue } from "../model/values";
import { bestInput, bestOutput } from "../model/wires";
import type { NodeType } from "../model/catalogue";
import { nodeBox } from "./groups";
import type { Core, Doing } from "./core";

const GAP = 40; // between a new node and its neighbours

/** The end of a wire that a new node is to be joined to. */
export interface Joint extends Loose {
  node: string;
  /** The place of the output, or the name of the input. */
  slot: number | string;
}

/** Values of widgets by their names. */
type Values = Readonly<Record<string, Json>>;

export const nodeCommands = (core: Core) => ({
  /** Adds a node where it covers no other: right of what is selected, else at a place; gives its id, or null for an unknown type. */
  addFreely(name: string, pos: [number, number], values: Values = {}): string | null {
    const type = typeNamed(core, name);
    if (!type) return null;
    const { x, y } = freePlace(core, pos, (at) => boxOf(newNode(0, type, at), type));
    return this.add(name, [x, y + (name === "Reroute" ? 0 : TITLE)], null, values);
  },

  /** Adds a node of a type, wired to a joint if there is one, with these values of widgets; gives its id, or null for an unknown type. */
  add(name: string, pos: [number, number], joint: Joint | null = null, values: Values = {}): string | null {
    const type = typeNamed(core, name);
    if (!type) return null;
    const id = lastNodeId(core.graph) + 1;
    const plain = newNode(id, type, roundPair(pos));
    const node = Object.entries(values).reduce((node, [input, value]) => put(node, { widgets_values: withValue(node, type, input, value) }), plain);
    core.change("add", (graph) => joined(core, addNodes(graph, [node]), String(id), joint), { select: [String(id)] });
    return String(id);
  },

  remove(ids: Iterable<string> = core.state.selection): void {
    const gone = [...ids];
    if (gone.length > 0) core.change("remove", (graph) => removeNodes(graph, gone), { select: [] });
  },

  move(to: ReadonlyMap<string, [number, number]>, groups: ReadonlyMap<number, [number, number]> = new Map(), doing: Doing = {}): void {
    core.change("move", (graph) => {
      const moved = moveNodes(graph, new Map([...to].map(([id, pos]) => [id, roundPair(pos)])));
      if (groups.size === 0) return moved;
      return put(moved, { groups: (moved.groups ?? []).map((group, at) => {
        const pos = groups.get(at);
        return pos ? put(group, { bounding: [...roundPair(pos), group.bounding[2], group.bounding[3]] }) : group;
      }) });
    }, doing);
  },

  /** Moves what is selected by so many units. */
  nudge(dx: number, dy: number): void {
    core.change("move", (graph) => updateNodes(graph, core.state.selection, (node) => ({ pos: [positionOf(node)[0] + dx, positionOf(node)[1] + dy] })), { key: "nudge" });
  },

  resize(id: string, size: [number, number], pos?: [number, number]): void {
    core.change("resize", (graph) => updateNode(graph, id, { size: roundPair(size), ...(pos ? { pos: roundPair(pos) } : {}) }));
  },

  rename(id: string, title: string): void {
    const standard = core.shape(id)?.type.title;
    core.change("rename", (graph) => updateNode(graph, id, { title: title === "" || title === standard ? undefined : title }));
  },

  /** Colours of title and body, as the field writes them; undefined for the category's own. */
  colour(color: string | undefined, bgcolor: string | undefined, ids: Iterable<string> = core.state.selection): void {
    core.change("colour", (graph) => updateNodes(graph, ids, () => ({ color, bgcolor })));
  },

  collapse(ids: Iterable<string> = core.state.selection): void {
    const chosen = [...ids];
    const on = chosen.some((id) => !core.node(id)?.flags?.collapsed);
    core.change("collapse", (graph) => updateNodes(graph, chosen, (node) => ({ flags: put(node.flags ?? {}, { collapsed: on ? true : undefined }) })));
  },

  /**
   * Sets a mode (2 mute, 4 bypass), or takes it back where all have it. The nodes inside an instance follow, as in the
   * field, unless other instances share them: then the instance's own mode says it all.
   */
  toggleMode(mode: number, ids: Iterable<string> = core.state.selection): void {
    const chosen = [...ids];
    const next = chosen.every((id) => core.node(id)?.mode === mode) ? 0 : mode;
    core.changeRoot("mode", (root) => withModes(root, core.state.graphId, chosen, next));
  },

  setValue(id: string, name: string, value: Json): void {
    const [node, shape] = [core.node(id), core.shape(id)];
    if (!node || !shape) return;
    core.change("value", (graph) => updateNode(graph, id, { widgets_values: withValue(node, shape.type, name, value) }), { key: `value ${core.state.graphId} ${id} ${name}` });
  },

  /** A value of a placeholder, by its place or name in the file. */
  setRaw(id: string, at: number | string, value: Json): void {
    const values = core.node(id)?.widgets_values;
    if (!values) return;
    const changed = Array.isArray(values) ? values.map((each, place) => (place === at ? value : each)) : put(values, { [at]: value });
    core.change("value", (graph) => updateNode(graph, id, { widgets_values: changed }), { key: `value ${core.state.graphId} ${id} ${at}` });
  },

  /** Changes a node of any graph of the file, shown or not: scripts of packs write so. */
  changeNode(graphId: string, id: string, changes: Parameters<typeof updateNode>[2]): void {
    core.changeRoot("script", (root) => withGraph(root, graphId, updateNode(graphOf(root, graphId), id, changes)));
  },

  setProperty(id: string, name: string, value: Json): void {
    core.change("property", (graph) => updateNode(graph, id, { properties: put(graphNode(graph, id)?.properties ?? {}, { [name]: value }) }));
  },
});

function withModes(root: GraphJson, graphId: string, ids: readonly string[], mode: number): GraphJson {
  const { nodes } = indexOf(graphOf(root, graphId));
  return ids.reduce((now, id) => {
    const node = nodes.get(id);
    return node ? withModeInside(withGraph(now, graphId, updateNode(graphOf(now, graphId), id, { mode })), node, node.mode ?? 0, mode) : now;
  }, root);
}

/** Inside an instance whose mode changed: what had its mode gets the new one too, and what has one of its own keeps it. */
function withModeInside(root: GraphJson, instance: NodeJson, from: number, mode: number): GraphJson {
  const definition = definitionOf(root, instance.type);
  if (!definition || instancesOf(root, definition.id) > 1) return root;
  return definition.nodes.reduce((now, inner) => {
    if ((inner.mode ?? 0) !== from) return now;
    return withModeInside(withGraph(now, definition.id, updateNode(graphOf(now, definition.id), String(inner.id), { mode })), inner, from, mode);
  }, root);
}

function instancesOf(root: GraphJson, id: string): number {
  const own = root.nodes.filter((node) => node.type === id).length;
  return definitionsOf(root).reduce((sum, definition) => sum + instancesOf(definition, id), own);
}

function graphNode(graph: GraphJson, id: string): NodeJson | undefined {
  return indexOf(graph).nodes.get(id);
}

export function typeNamed(core: Core, name: string): NodeType | undefined {
  const { catalogue } = core.state;
  const definition = definitionOf(core.root, name);
  return catalogue.types.get(name) ?? (definition ? instanceType(core.root, definition, catalogue) : undefined) ?? VIRTUAL.find((type) => type.name === name);
}

/** Where a new node covers no other: right of what is selected, else at a place. */
export function freePlace(core: Core, pos: [number, number], boxAt: (pos: [number, number]) => Box): Box {
  const beside = around([...core.state.selection].map((id) => nodeBox(core, id)));
  const box = boxAt(beside ? [beside.x + beside.width + GAP, beside.y + TITLE] : pos);
  return clearOf(box, core.graph.nodes.map((node) => nodeBox(core, String(node.id))), GAP);
}

/** Wires a new node to the wire in the hand. `root`: the file with that node. */
export function joined(core: Core, graph: GraphJson, id: string, joint: Joint | null, root = core.root): GraphJson {
  const [node, other] = [graphNode(graph, id), joint ? graphNode(graph, joint.node) : undefined];
  if (!joint || !node || !other) return graph;
  const [shape, held] = [node, other].map((each) => shapeOf(root, graph, each, core.state.catalogue)) as [ReturnType<typeof shapeOf>, ReturnType<typeof shapeOf>];
  if (joint.from === "output") {
    const input = bestInput(shape, joint.type);
    return input ? connect(graph, { node: joint.node, slot: Number(joint.slot), type: joint.type }, { node: id, slot: input.slot >= 0 ? input.slot : slotJson(input) }) : graph;
  }
  const output = bestOutput(shape, joint.type);
  const socket = held.inputs.find((input) => input.name === joint.slot);
  if (!output || !socket) return graph;
  return connect(graph, { node: id, slot: output.slot, type: output.type }, { node: joint.node, slot: socket.slot >= 0 ? socket.slot : slotJson(socket) });
}

export function roundPair([x, y]: [number, number]): [number, number] {
  return [Math.round(x), Math.round(y)];
}
