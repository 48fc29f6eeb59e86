/** Subgraphs: made of selected nodes, their ports, and unpacked again. */

import type { Catalogue } from "./catalogue";
import { copyOf, paste } from "./clipboard";
import { newNode } from "./create";
import { addNodes, connect, disconnect, lastNodeId, removeNodes, updateNode, withGraph } from "./edit";
import { around, boxOf, type Box } from "./geometry";
import { definitionOf, graphOf, indexOf, INPUT_NODE, linksInto, linksOutOf, OUTPUT_NODE, positionOf, readLink, typeName, type DefinitionJson, type GraphJson, type Link, type LinkJson, type PortJson } from "./graph";
import { put } from "./json";
import { instanceType, resolve } from "./kinds";
import { shapeOf, slotJson } from "./shape";
import { namedValue, withValue } from "./values";

export interface Made {
  root: GraphJson;
  /** The instance, or the nodes that came out. */
  ids: string[];
}

/** A new port at the end of a definition's inputs or outputs; its name is made unique. */
export function addPort(definition: DefinitionJson, side: "inputs" | "outputs", name: string, type: string): DefinitionJson {
  const taken = new Set(definition[side].map((port) => port.name));
  let unique = name;
  for (let count = 1; taken.has(unique); count++) unique = `${name}_${count}`;
  const port: PortJson = { id: uuid(), name: unique, type, linkIds: [] };
  return put(definition, { [side]: [...definition[side], port] });
}

export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Puts nodes into a new definition and an instance in their place; wires across the border become ports. */
export function makeSubgraph(root: GraphJson, graphId: string, ids: ReadonlySet<string>, name: string, catalogue: Catalogue): Made {
  const graph = graphOf(root, graphId);
  const links = [...indexOf(graph).links.values()];
  const incoming = links.filter((link) => ids.has(link.target) && !ids.has(link.origin));
  const outgoing = links.filter((link) => ids.has(link.origin) && !ids.has(link.target));
  const box = around(graph.nodes.filter((node) => ids.has(String(node.id))).map((node) => boxOf(node, resolve(root, graph, node, catalogue).type))) ?? { x: 0, y: 0, width: 0, height: 0 };
  const { definition, inputs, outputs } = definitionFrom(root, graphId, ids, name, incoming, outgoing, box);
  const known = root.definitions?.subgraphs ?? [];
  const ready = put(root, { definitions: put(root.definitions ?? {}, { subgraphs: [...known, definition] }) });
  const id = lastNodeId(graph) + 1;
  const type = instanceType(ready, definition, catalogue);
  const made = newNode(id, type, [Math.round(box.x + box.width / 2 - 105), Math.round(box.y + box.height / 2)]);
  let outer = addNodes(removeNodes(graphOf(ready, graphId), ids), [made]);
  for (const [key, at] of inputs) outer = intoInstance(ready, outer, String(id), at, key, incoming, catalogue);
  for (const link of outgoing) outer = connect(outer, { node: String(id), slot: outputs.get(endOf(link)) ?? 0, type: link.type }, { node: link.target, slot: link.targetSlot });
  return { root: withGraph(ready, graphId, outer), ids: [String(id)] };
}

const endOf = (link: Link): string => `${link.origin} ${link.originSlot}`;

function intoInstance(root: GraphJson, outer: GraphJson, id: string, at: number, key: string, incoming: readonly Link[], catalogue: Catalogue): GraphJson {
  const link = incoming.find((each) => endOf(each) === key);
  const node = indexOf(outer).nodes.get(id);
  const socket = node && shapeOf(root, outer, node, catalogue).inputs[at];
  if (!link || !socket) return outer;
  return connect(outer, { node: link.origin, slot: link.originSlot, type: link.type }, { node: id, slot: socket.slot >= 0 ? socket.slot : slotJson(socket) });
}

function definitionFrom(root: GraphJson, graphId: string, ids: ReadonlySet<string>, name: string, incoming: readonly Link[], outgoing: readonly Link[], box: Box) {
  const graph = graphOf(root, graphId);
  const empty: DefinitionJson = {
    id: uuid(), version: 1, state: { lastNodeId: 0, lastLinkId: 0, lastGroupId: 0, lastRerouteId: 0 }, revision: 0, config: {}, name,
    inputNode: { id: -10, bounding: [box.x - 200, box.y, 120, 60] }, outputNode: { id: -20, bounding: [box.x + box.width + 80, box.y, 120, 60] },
    inputs: [], outputs: [], widgets: [], nodes: [], links: [], groups: [], extra: {},
  };
  const clip = copyOf(root, graphId, ids);
  const { names, graph: filled } = withCopies(empty, clip);
  let definition = filled;
  const [inputs, outputs] = [new Map<string, number>(), new Map<string, number>()];
  for (const link of incoming) {
    const slot = indexOf(graph).nodes.get(link.target)?.inputs?.[link.targetSlot];
    if (!inputs.has(endOf(link))) {
      inputs.set(endOf(link), definition.inputs.length);
      definition = addPort(definition, "inputs", slot?.name ?? link.type, typeName(slot?.type ?? link.type));
    }
    definition = connect(definition, { node: INPUT_NODE, slot: inputs.get(endOf(link)) ?? 0, type: link.type }, { node: names.get(link.target) ?? "", slot: link.targetSlot }) as DefinitionJson;
  }
  for (const link of outgoing) {
    if (outputs.has(endOf(link))) continue;
    outputs.set(endOf(link), definition.outputs.length);
    const output = indexOf(graph).nodes.get(link.origin)?.outputs?.[link.originSlot];
    definition = addPort(definition, "outputs", output?.name ?? link.type, typeName(output?.type ?? link.type));
    definition = connect(definition, { node: names.get(link.origin) ?? "", slot: link.originSlot, type: link.type }, { node: OUTPUT_NODE, slot: definition.outputs.length - 1 }) as DefinitionJson;
  }
  return { definition, inputs, outputs };
}

/** A graph with copies of nodes and the wires among them; `names` says what the copies are called. */
function withCopies(graph: DefinitionJson, clip: ReturnType<typeof copyOf>): { graph: DefinitionJson; names: Map<string, string> } {
  const pasted = paste(graph, "", { ...clip, subgraphs: [] }, [0, 0]);
  return { graph: pasted.root as DefinitionJson, names: new Map(clip.nodes.map((node, at) => [String(node.id), pasted.ids[at] ?? ""])) };
}

/** Puts an instance's nodes in its place, wired as the instance was, with the values that it showed. */
export function unpack(root: GraphJson, graphId: string, id: string, catalogue: Catalogue): Made {
  const graph = graphOf(root, graphId);
  const instance = indexOf(graph).nodes.get(id);
  const definition = instance && definitionOf(root, instance.type);
  if (!definition) return { root, ids: [] };
  const corner = around(definition.nodes.map((node) => ({ x: positionOf(node)[0], y: positionOf(node)[1], width: 0, height: 0 }))) ?? { x: 0, y: 0 };
  const [x, y] = positionOf(instance);
  const clip = { nodes: valued(root, graph, definition, id, catalogue), groups: definition.groups ?? [], reroutes: [], subgraphs: [], links: copyOf(root, definition.id, new Set(definition.nodes.map((node) => String(node.id)))).links };
  const pasted = paste(root, graphId, clip, [Math.round(x - corner.x), Math.round(y - corner.y)]);
  const names = new Map(clip.nodes.map((node, at) => [String(node.id), pasted.ids[at] ?? ""]));
  const outer = crossing(graphOf(pasted.root, graphId), graph, definition, id, names);
  return { root: withGraph(pasted.root, graphId, removeNodes(outer, [id])), ids: pasted.ids };
}

/** The definition's nodes with the instance's values of promoted widgets. */
function valued(root: GraphJson, graph: GraphJson, definition: DefinitionJson, id: string, catalogue: Catalogue) {
  const instance = indexOf(graph).nodes.get(id);
  if (!instance) return definition.nodes;
  const type = instanceType(root, definition, catalogue);
  let inner: GraphJson = definition;
  for (const link of linksOutOf(definition, INPUT_NODE)) {
    const [port, node] = [definition.inputs[link.originSlot], indexOf(inner).nodes.get(link.target)];
    const name = node?.inputs?.[link.targetSlot]?.name;
    if (!port || !node || name === undefined || type.inputs[link.originSlot]?.options.forceInput) continue;
    const innerType = resolve(root, definition, node, catalogue).type;
    inner = updateNode(inner, link.target, { widgets_values: withValue(node, innerType, name, namedValue(instance, type, port.name)) });
  }
  return inner.nodes;
}

function crossing(outer: GraphJson, before: GraphJson, definition: DefinitionJson, id: string, names: ReadonlyMap<string, string>): GraphJson {
  const instance = indexOf(before).nodes.get(id);
  const feeding = (slot: number): Link | undefined => {
    const at = instance?.inputs?.findIndex((each) => each.name === definition.inputs[slot]?.name) ?? -1;
    return linksInto(before, id).find((link) => link.targetSlot === at);
  };
  let graph = outer;
  for (const inner of linksOutOf(definition, INPUT_NODE)) {
    const link = feeding(inner.originSlot);
    const target = names.get(inner.target);
    if (link && target) graph = connect(graph, { node: link.origin, slot: link.originSlot, type: link.type }, { node: target, slot: inner.targetSlot });
  }
  for (const link of linksOutOf(before, id)) {
    const inner = linksInto(definition, OUTPUT_NODE).find((each) => each.targetSlot === link.originSlot);
    if (!inner) continue;
    const through = inner.origin === INPUT_NODE ? feeding(inner.originSlot) : undefined;
    const origin = through ? { node: through.origin, slot: through.originSlot, type: through.type } : { node: names.get(inner.origin) ?? "", slot: inner.originSlot, type: inner.type };
    graph = connect(graph, origin, { node: link.target, slot: link.targetSlot });
  }
  return graph;
}

/** Shows an inner widget on every instance, by way of a new input. */
export function promote(root: GraphJson, graphId: string, id: string, name: string, catalogue: Catalogue): GraphJson {
  const definition = definitionOf(root, graphId);
  const node = definition && indexOf(definition).nodes.get(id);
  const socket = node && shapeOf(root, definition, node, catalogue).inputs.find((input) => input.name === name);
  if (!socket || socket.link !== null) return root;
  const ready = addPort(definition, "inputs", name, socket.type);
  const wired = connect(ready, { node: INPUT_NODE, slot: ready.inputs.length - 1, type: socket.type }, { node: id, slot: socket.slot >= 0 ? socket.slot : slotJson(socket) });
  return withGraph(root, graphId, wired);
}

/** Takes a port away, with its wires inside and at every instance. */
export function removePort(root: GraphJson, graphId: string, side: "inputs" | "outputs", at: number, catalogue: Catalogue): GraphJson {
  const definition = definitionOf(root, graphId);
  const port = definition?.[side][at];
  if (!definition || !port) return root;
  const cleared = everyGraph(root, (graph) => atInstances(root, graph, definition, side, at, catalogue));
  const inner = definitionOf(cleared, graphId) ?? definition;
  const cut = disconnect(inner, port.linkIds ?? []);
  const links = cut.links.map((raw) => (side === "inputs" ? shifted(raw, "origin", INPUT_NODE, at) : shifted(raw, "target", OUTPUT_NODE, at)));
  return withGraph(cleared, graphId, put(cut as DefinitionJson, { links, [side]: inner[side].filter((_, place) => place !== at) }));
}

/** A wire whose slot at one end of a node moves up by one, as a slot before it is gone. */
function shifted(raw: LinkJson, side: "origin" | "target", node: string, at: number): LinkJson {
  const link = readLink(raw);
  if (!link || !raw || link[side] !== node || link[`${side}Slot`] <= at) return raw;
  if (Array.isArray(raw)) return raw.map((each, place) => (place === (side === "origin" ? 2 : 4) ? Number(each) - 1 : each));
  return put(raw, { [`${side}_slot`]: link[`${side}Slot`] - 1 });
}

function everyGraph(root: GraphJson, change: (graph: GraphJson) => GraphJson): GraphJson {
  const inside = root.definitions?.subgraphs?.reduce((now, definition) => withGraph(now, definition.id, change(definition)), root) ?? root;
  return change(inside);
}

function atInstances(root: GraphJson, graph: GraphJson, definition: DefinitionJson, side: "inputs" | "outputs", at: number, catalogue: Catalogue): GraphJson {
  return graph.nodes.filter((node) => node.type === definition.id).reduce((now, node) => {
    const id = String(node.id);
    const slot = side === "outputs" ? at : (node.inputs ?? []).findIndex((each) => each.name === definition.inputs[at]?.name);
    const ends = side === "outputs" ? linksOutOf(now, id).filter((link) => link.originSlot === at) : linksInto(now, id).filter((link) => link.targetSlot === slot);
    const cut = disconnect(now, ends.map((link) => link.id));
    const moved = put(cut, { links: cut.links.map((raw) => shifted(raw, side === "inputs" ? "target" : "origin", id, slot < 0 ? Infinity : slot)) });
    const kept = indexOf(moved).nodes.get(id);
    const values = side === "inputs" ? valuesWithout(root, node, definition, at, catalogue) : undefined;
    return updateNode(moved, id, { [side]: kept?.[side]?.filter((_, place) => place !== slot), ...(values ? { widgets_values: values } : {}) });
  }, graph);
}

function valuesWithout(root: GraphJson, node: GraphJson["nodes"][number], definition: DefinitionJson, at: number, catalogue: Catalogue) {
  const type = instanceType(root, definition, catalogue);
  const widgets = type.inputs.filter((input) => !input.options.forceInput);
  const place = widgets.findIndex((input) => input.name === definition.inputs[at]?.name);
  return place >= 0 && Array.isArray(node.widgets_values) ? node.widgets_values.filter((_, each) => each !== place) : undefined;
}
