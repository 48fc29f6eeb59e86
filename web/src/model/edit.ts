/** Pure changes of a graph: each takes a graph and gives another that shares whatever stayed the same. */

import { indexOf, readLink, type DefinitionJson, type GraphJson, type GroupJson, type Id, type Link, type LinkJson, type NodeJson, type OutputJson, type SlotJson } from "./graph";
import { INPUT_NODE, OUTPUT_NODE } from "./graph";
import { put, replaceItem } from "./json";

/** The root with another graph in the place of the one with this id ("" is the root itself). */
export function withGraph(root: GraphJson, id: string, graph: GraphJson): GraphJson {
  if (id === "") return graph;
  const found = root.definitions?.subgraphs;
  if (!found) return root;
  const subgraphs = found.map((each) => (each.id === id ? (graph as DefinitionJson) : (withGraph(each, id, graph) as DefinitionJson)));
  if (subgraphs.every((each, at) => each === found[at])) return root;
  return put(root, { definitions: put(root.definitions ?? {}, { subgraphs }) });
}

/** Changes of one node's keys; undefined takes a key away. */
export function updateNode(graph: GraphJson, id: string, changes: { [K in keyof NodeJson]?: unknown }): GraphJson {
  const { nodes, places } = indexOf(graph);
  const [node, at] = [nodes.get(id), places.get(id)];
  if (!node || at === undefined) return graph;
  return put(graph, { nodes: replaceItem(graph.nodes, at, put(node, changes)) });
}

export function updateNodes(graph: GraphJson, ids: Iterable<string>, change: (node: NodeJson) => Record<string, unknown>): GraphJson {
  const wanted = new Set(ids);
  const nodes = graph.nodes.map((node) => (wanted.has(String(node.id)) ? put(node, change(node)) : node));
  return put(graph, { nodes });
}

export function moveNodes(graph: GraphJson, to: ReadonlyMap<string, [number, number]>): GraphJson {
  return updateNodes(graph, to.keys(), (node) => ({ pos: to.get(String(node.id)) }));
}

/** Whether wires are written as objects, as version 1 and definitions do. */
function writesObjects(graph: GraphJson): boolean {
  const first = graph.links.find((link) => link !== null);
  return first ? !Array.isArray(first) : graph.version === 1 || graph.state !== undefined;
}

function linkJson(graph: GraphJson, { id, origin, originSlot, target, targetSlot, type }: Link): LinkJson {
  const [from, to] = [idIn(graph, origin), idIn(graph, target)];
  return writesObjects(graph) ? { id, origin_id: from, origin_slot: originSlot, target_id: to, target_slot: targetSlot, type } : [id, from, originSlot, to, targetSlot, type];
}

function idIn(graph: GraphJson, id: string): Id {
  return indexOf(graph).nodes.get(id)?.id ?? Number(id);
}

/** The highest number that was ever given to a node or a wire of a graph. */
export function lastNodeId(graph: GraphJson): number {
  return graph.nodes.reduce((most, { id }) => Math.max(most, Number(id) || 0), Number(graph.state?.lastNodeId ?? graph.last_node_id) || 0);
}

export function lastLinkId(graph: GraphJson): number {
  return graph.links.reduce((most, link) => Math.max(most, readLink(link)?.id ?? 0), Number(graph.state?.lastLinkId ?? graph.last_link_id) || 0);
}

/** Keeps the counter of a graph at `last`, where that graph keeps it. */
export function countNodes(graph: GraphJson, last: number): GraphJson {
  return graph.state ? put(graph, { state: put(graph.state, { lastNodeId: last }) }) : put(graph, { last_node_id: last });
}

export function countLinks(graph: GraphJson, last: number): GraphJson {
  return graph.state ? put(graph, { state: put(graph.state, { lastLinkId: last }) }) : put(graph, { last_link_id: last });
}

/** Adds nodes as they are; their ids must be free. */
export function addNodes(graph: GraphJson, nodes: readonly NodeJson[]): GraphJson {
  const more = put(graph, { nodes: [...graph.nodes, ...nodes] });
  return countNodes(more, lastNodeId(more));
}

/** Where a wire ends: a slot of a node by place, or by name where the slot is made when it is first used. */
export interface Target {
  node: string;
  slot: number | SlotJson;
}

/** Draws a wire. One that was there before in the input makes way. */
export function connect(graph: GraphJson, origin: { node: string; slot: number; type: string }, target: Target): GraphJson {
  const [ready, slot] = withSlot(graph, target);
  const cleared = disconnect(ready, inputLink(ready, target.node, slot));
  const id = lastLinkId(cleared) + 1;
  const link: Link = { id, origin: origin.node, originSlot: origin.slot, target: target.node, targetSlot: slot, type: origin.type };
  const drawn = countLinks(put(cleared, { links: [...cleared.links, linkJson(cleared, link)] }), id);
  return attachTarget(attachOrigin(drawn, link), link);
}

function inputLink(graph: GraphJson, node: string, slot: number): number[] {
  const found = [...indexOf(graph).links.values()].filter((link) => link.target === node && link.targetSlot === slot);
  return found.map((link) => link.id);
}

function withSlot(graph: GraphJson, { node: id, slot }: Target): [GraphJson, number] {
  if (typeof slot === "number") return [graph, slot];
  const inputs = indexOf(graph).nodes.get(id)?.inputs ?? [];
  const at = inputs.findIndex((each) => each.name === slot.name);
  return at >= 0 ? [graph, at] : [updateNode(graph, id, { inputs: [...inputs, slot] }), inputs.length];
}

function attachOrigin(graph: GraphJson, { id, origin, originSlot }: Link): GraphJson {
  if (origin === INPUT_NODE) return updatePort(graph, "inputs", originSlot, (ids) => [...ids, id]);
  const outputs = indexOf(graph).nodes.get(origin)?.outputs ?? [];
  const output = outputs[originSlot];
  if (!output) return graph;
  const changed: OutputJson = put(output, { links: [...(output.links ?? []), id] });
  return updateNode(graph, origin, { outputs: replaceItem(outputs, originSlot, changed) });
}

function attachTarget(graph: GraphJson, { id, target, targetSlot }: Link): GraphJson {
  if (target === OUTPUT_NODE) return updatePort(graph, "outputs", targetSlot, () => [id]);
  const inputs = indexOf(graph).nodes.get(target)?.inputs ?? [];
  const input = inputs[targetSlot];
  return input ? updateNode(graph, target, { inputs: replaceItem(inputs, targetSlot, put(input, { link: id })) }) : graph;
}

function updatePort(graph: GraphJson, side: "inputs" | "outputs", slot: number, change: (ids: number[]) => number[]): GraphJson {
  const ports = (graph as DefinitionJson)[side];
  const port = ports[slot];
  return port ? put(graph, { [side]: replaceItem(ports, slot, put(port, { linkIds: change(port.linkIds ?? []) })) }) : graph;
}

/** Takes wires away, from both of their ends. */
export function disconnect(graph: GraphJson, ids: readonly number[]): GraphJson {
  if (ids.length === 0) return graph;
  const gone = new Set(ids);
  const links = graph.links.filter((raw) => !gone.has(readLink(raw)?.id ?? NaN));
  const nodes = graph.nodes.map((node) => detached(node, gone));
  const changed = put(graph, { links, nodes });
  const floating = withoutReroutesOf(changed, gone);
  return "inputNode" in floating ? detachedPorts(floating as DefinitionJson, gone) : floating;
}

function detached(node: NodeJson, gone: ReadonlySet<number>): NodeJson {
  const ends = node.inputs?.some(({ link }) => typeof link === "number" && gone.has(link));
  const starts = node.outputs?.some(({ links }) => links?.some((link) => gone.has(link)));
  if (!ends && !starts) return node;
  return put(node, {
    ...(ends ? { inputs: node.inputs?.map((slot) => (typeof slot.link === "number" && gone.has(slot.link) ? put(slot, { link: null }) : slot)) } : {}),
    ...(starts ? { outputs: node.outputs?.map((slot) => (slot.links?.some((link) => gone.has(link)) ? put(slot, { links: slot.links.filter((link) => !gone.has(link)) }) : slot)) } : {}),
  });
}

function detachedPorts(graph: DefinitionJson, gone: ReadonlySet<number>): DefinitionJson {
  const without = (ports: DefinitionJson["inputs"]) => ports.map((port) => (port.linkIds?.some((id) => gone.has(id)) ? put(port, { linkIds: port.linkIds.filter((id) => !gone.has(id)) }) : port));
  return put(graph, { inputs: without(graph.inputs), outputs: without(graph.outputs) });
}

/** Points of the file's own reroutes belong to wires; those of wires that are gone go with them. */
function withoutReroutesOf(graph: GraphJson, gone: ReadonlySet<number>): GraphJson {
  const extensions = graph.extra?.linkExtensions;
  if (!Array.isArray(extensions)) return graph;
  const kept = extensions.filter((each) => !gone.has((each as { id: number }).id));
  return kept.length === extensions.length ? graph : put(graph, { extra: put(graph.extra ?? {}, { linkExtensions: kept }) });
}

/** Takes nodes away with their wires. */
export function removeNodes(graph: GraphJson, ids: Iterable<string>): GraphJson {
  const gone = new Set(ids);
  const links = [...indexOf(graph).links.values()].filter((link) => gone.has(link.target) || gone.has(link.origin));
  const cut = disconnect(graph, links.map((link) => link.id));
  return put(cut, { nodes: cut.nodes.filter((node) => !gone.has(String(node.id))) });
}

export function withGroups(graph: GraphJson, groups: readonly GroupJson[]): GraphJson {
  return put(graph, { groups: [...groups] });
}
