/** Copies of parts of a graph, in the form that the field's editor puts on the clipboard. */

import { addNodes, connect, lastNodeId, withGraph, withGroups } from "./edit";
import { definitionOf, definitionsOf, graphOf, indexOf, positionOf, readLink, type DefinitionJson, type GraphJson, type GroupJson, type Link, type LinkJson, type LinkObject, type NodeJson } from "./graph";
import { isObject, put, type Json } from "./json";

export interface Clip {
  nodes: NodeJson[];
  groups: GroupJson[];
  reroutes: Json[];
  links: LinkObject[];
  subgraphs: DefinitionJson[];
}

const MARK = /data-metadata="([A-Za-z0-9+/=]+)"/;

/** What is copied: nodes, the wires that end in them (also from outside), groups, and definitions of instances. */
export function copyOf(root: GraphJson, graphId: string, ids: ReadonlySet<string>, groups: readonly GroupJson[] = []): Clip {
  const graph = graphOf(root, graphId);
  const nodes = graph.nodes.filter((node) => ids.has(String(node.id)));
  const links = [...indexOf(graph).links.values()].filter((link) => ids.has(link.target));
  return { nodes, groups: [...groups], reroutes: [], links: links.map(asObject), subgraphs: definitionsUsed(root, nodes) };
}

function asObject({ id, origin, originSlot, target, targetSlot, type }: Link): LinkObject {
  return { id, origin_id: numbered(origin), origin_slot: originSlot, target_id: numbered(target), target_slot: targetSlot, type };
}

const numbered = (id: string): number | string => (/^-?\d+$/.test(id) ? Number(id) : id);

/** The definitions that nodes are instances of, and those that these use in turn. */
export function definitionsUsed(root: GraphJson, nodes: readonly NodeJson[]): DefinitionJson[] {
  const found = new Map<string, DefinitionJson>();
  const pending = [...nodes];
  for (let node = pending.pop(); node; node = pending.pop()) {
    const definition = found.has(node.type) ? undefined : definitionOf(root, node.type);
    if (!definition) continue;
    found.set(definition.id, definition);
    pending.push(...definition.nodes);
  }
  return [...found.values()];
}

/** The two texts of a clipboard: plain JSON for other tabs and people, and the field's marked HTML. */
export function clipTexts(clip: Clip): { plain: string; html: string } {
  const plain = JSON.stringify(clip);
  const bytes = new TextEncoder().encode(plain);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { plain, html: `<meta charset="utf-8"><div><span data-metadata="${btoa(binary)}"></span></div>` };
}

/** Reads a clipboard: the field's HTML, its JSON of either age, or a whole workflow. Null if it is none of them. */
export function readClip(texts: { plain?: string; html?: string }): Clip | null {
  const marked = MARK.exec(texts.html ?? "")?.[1];
  const text = marked === undefined ? (texts.plain ?? "") : decode(marked);
  if (!text.trimStart().startsWith("{")) return null;
  try {
    return asClip(JSON.parse(text) as Json);
  } catch {
    return null; // some other text
  }
}

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)));
}

function asClip(json: Json): Clip | null {
  if (!isObject(json) || !Array.isArray(json.nodes)) return null;
  const nodes = json.nodes.filter((node) => isObject(node) && typeof node.type === "string") as unknown as NodeJson[];
  const raw = (Array.isArray(json.links) ? json.links : []) as LinkJson[];
  // A workflow's links have six parts; the old clipboard's have five: places in the list of nodes.
  const links = raw.flatMap((link) => (Array.isArray(link) && link.length === 5 ? byPlace(link, nodes) : [readLink(link)].filter((each) => each !== null).map(asObject)));
  const definitions = json.subgraphs ?? (isObject(json.definitions) ? json.definitions.subgraphs : []);
  return { nodes, links, groups: (json.groups ?? []) as unknown as GroupJson[], reroutes: [], subgraphs: (definitions ?? []) as unknown as DefinitionJson[] };
}

function byPlace([origin, originSlot, target, targetSlot]: Json[], nodes: readonly NodeJson[]): LinkObject[] {
  const [from, to] = [nodes[Number(origin)], nodes[Number(target)]];
  if (!from || !to) return [];
  return [{ id: 0, origin_id: from.id, origin_slot: Number(originSlot), target_id: to.id, target_slot: Number(targetSlot), type: "*" }];
}

export interface Pasted {
  root: GraphJson;
  ids: string[];
}

/** Puts a copy into a graph, moved by an offset. `outside`: wires from nodes that were not copied are drawn as well. */
export function paste(root: GraphJson, graphId: string, clip: Clip, offset: [number, number], outside = false): Pasted {
  const known = new Set<string>();
  for (const definition of clip.subgraphs) if (definitionOf(root, definition.id)) known.add(definition.id);
  const fresh = clip.subgraphs.filter((definition) => !known.has(definition.id));
  const ready = fresh.length === 0 ? root : put(root, { definitions: put(root.definitions ?? {}, { subgraphs: [...definitionsOf(root), ...fresh] }) });
  const graph = graphOf(ready, graphId);
  const names = new Map<string, string>();
  let last = lastNodeId(graph);
  const nodes = clip.nodes.map((node) => {
    const id = ++last;
    names.set(String(node.id), String(id));
    const [x, y] = positionOf(node);
    return put(unwired(node), { id, pos: [x + offset[0], y + offset[1]] });
  });
  const groups = clip.groups.map((group, at) => put(group, { id: nextGroupId(graph) + at, bounding: [group.bounding[0] + offset[0], group.bounding[1] + offset[1], group.bounding[2], group.bounding[3]] }));
  let changed = addNodes(graph, nodes);
  if (groups.length > 0) changed = withGroups(changed, [...(changed.groups ?? []), ...groups]);
  changed = rewire(changed, clip, names, outside);
  return { root: withGraph(ready, graphId, changed), ids: nodes.map((node) => String(node.id)) };
}

export function nextGroupId(graph: GraphJson): number {
  return Math.max(graph.state?.lastGroupId ?? 0, ...(graph.groups ?? []).map((group) => group.id ?? 0)) + 1;
}

function unwired(node: NodeJson): NodeJson {
  return put(node, {
    ...(node.inputs ? { inputs: node.inputs.map((slot) => put(slot, { link: null })) } : {}),
    ...(node.outputs ? { outputs: node.outputs.map((slot) => put(slot, { links: null })) } : {}),
  });
}

function rewire(graph: GraphJson, clip: Clip, names: ReadonlyMap<string, string>, outside: boolean): GraphJson {
  return clip.links.reduce((now, link) => {
    const target = names.get(String(link.target_id));
    const origin = names.get(String(link.origin_id)) ?? (outside && indexOf(graph).nodes.has(String(link.origin_id)) ? String(link.origin_id) : undefined);
    if (target === undefined || origin === undefined) return now;
    const type = indexOf(now).nodes.get(origin)?.outputs?.[link.origin_slot]?.type ?? link.type;
    return connect(now, { node: origin, slot: link.origin_slot, type: typeof type === "string" ? type : "*" }, { node: target, slot: link.target_slot });
  }, graph);
}
