/** The parts of a workflow file as they stand in it, and what is looked up in a graph. Nothing here changes anything. */

import type { Json, JsonObject } from "./json";
import { isObject } from "./json";

export type Id = number | string;

export interface SlotJson {
  name: string;
  type: Json;
  link?: number | null;
  widget?: { name: string };
  label?: string;
  shape?: number;
  [key: string]: unknown;
}

export interface OutputJson {
  name: string;
  type: Json;
  links?: number[] | null;
  slot_index?: number;
  label?: string;
  shape?: number;
  [key: string]: unknown;
}

export interface NodeJson {
  id: Id;
  type: string;
  pos?: unknown;
  size?: unknown;
  flags?: { collapsed?: boolean; [key: string]: unknown };
  mode?: number;
  title?: string;
  color?: string;
  bgcolor?: string;
  inputs?: SlotJson[];
  outputs?: OutputJson[];
  properties?: JsonObject;
  widgets_values?: Json[] | JsonObject;
  [key: string]: unknown;
}

export interface GroupJson {
  id?: number;
  title: string;
  bounding: [number, number, number, number];
  color?: string;
  [key: string]: unknown;
}

export interface LinkObject {
  id: number;
  origin_id: Id;
  origin_slot: number;
  target_id: Id;
  target_slot: number;
  type: Json;
  [key: string]: unknown;
}

export type LinkJson = Json[] | LinkObject | null;

/** A definition's own input or output. */
export interface PortJson {
  id: string;
  name: string;
  type: string;
  linkIds?: number[];
  label?: string;
  [key: string]: unknown;
}

export interface GraphJson {
  nodes: NodeJson[];
  links: LinkJson[];
  groups?: GroupJson[];
  version?: number;
  state?: { lastNodeId?: number; lastLinkId?: number; lastGroupId?: number; lastRerouteId?: number };
  last_node_id?: Id;
  last_link_id?: number;
  definitions?: { subgraphs?: DefinitionJson[]; [key: string]: unknown };
  extra?: JsonObject | null;
  [key: string]: unknown;
}

export interface DefinitionJson extends GraphJson {
  id: string;
  name: string;
  inputNode: { id: number; bounding: number[] };
  outputNode: { id: number; bounding: number[] };
  inputs: PortJson[];
  outputs: PortJson[];
}

/** A wire. Ids of nodes are compared as text. */
export interface Link {
  id: number;
  origin: string;
  originSlot: number;
  target: string;
  targetSlot: number;
  type: string;
}

export const INPUT_NODE = "-10";
export const OUTPUT_NODE = "-20";
export const MUTED = 2;
export const BYPASSED = 4;

export interface GraphIndex {
  nodes: ReadonlyMap<string, NodeJson>;
  places: ReadonlyMap<string, number>;
  links: ReadonlyMap<number, Link>;
  linkPlaces: ReadonlyMap<number, number>;
}

const indexes = new WeakMap<GraphJson, GraphIndex>();

/** What is looked up by id in a graph; made once for each state of it. */
export function indexOf(graph: GraphJson): GraphIndex {
  let index = indexes.get(graph);
  if (!index) indexes.set(graph, (index = makeIndex(graph)));
  return index;
}

function makeIndex(graph: GraphJson): GraphIndex {
  const [nodes, places] = [new Map<string, NodeJson>(), new Map<string, number>()];
  graph.nodes.forEach((node, at) => {
    nodes.set(String(node.id), node);
    places.set(String(node.id), at);
  });
  const [records, linkPlaces] = [new Map<number, Link>(), new Map<number, number>()];
  graph.links.forEach((raw, at) => {
    const link = readLink(raw);
    if (!link) return;
    records.set(link.id, link);
    linkPlaces.set(link.id, at);
  });
  return { nodes, places, links: liveLinks(graph, records), linkPlaces };
}

export function readLink(raw: LinkJson): Link | null {
  if (Array.isArray(raw)) {
    const [id, origin, originSlot, target, targetSlot, type] = raw;
    return { id: Number(id), origin: idText(origin), originSlot: Number(originSlot), target: idText(target), targetSlot: Number(targetSlot), type: typeName(type) };
  }
  if (!isObject(raw)) return null;
  const { id, origin_id, origin_slot, target_id, target_slot, type } = raw as unknown as LinkObject;
  return { id, origin: String(origin_id), originSlot: origin_slot, target: String(target_id), targetSlot: target_slot, type: typeName(type) };
}

function idText(id: unknown): string {
  return typeof id === "string" ? id : String(Number(id));
}

/**
 * The wires that hold: an input names its link, the link its origin. A link's own target slot counts only where the
 * target's inputs name no link at all (very old files).
 */
function liveLinks(graph: GraphJson, records: ReadonlyMap<number, Link>): Map<number, Link> {
  const live = new Map<number, Link>();
  const naming = new Set<string>();
  for (const node of graph.nodes) {
    node.inputs?.forEach((slot, at) => {
      if ("link" in slot) naming.add(String(node.id));
      const link = slot.link === null || slot.link === undefined ? undefined : records.get(slot.link);
      if (link) live.set(link.id, { ...link, target: String(node.id), targetSlot: at });
    });
  }
  for (const link of records.values()) {
    if (!live.has(link.id) && (link.target === OUTPUT_NODE || !naming.has(link.target))) live.set(link.id, link);
  }
  return live;
}

/** A type as text: unions joined by commas; odd legacy forms are wildcards. */
export function typeName(type: unknown): string {
  if (typeof type === "string") return type === "" ? "*" : type;
  if (Array.isArray(type)) return "COMBO";
  return "*";
}

export function definitionsOf(root: GraphJson): DefinitionJson[] {
  return root.definitions?.subgraphs ?? [];
}

const definitionIndexes = new WeakMap<GraphJson, Map<string, DefinitionJson>>();

/** A subgraph's definition by its id, nested ones included. */
export function definitionOf(root: GraphJson, id: string): DefinitionJson | undefined {
  let found = definitionIndexes.get(root);
  if (!found) {
    found = new Map();
    const pending = [...definitionsOf(root)];
    for (let next = pending.pop(); next; next = pending.pop()) {
      found.set(next.id, next);
      pending.push(...definitionsOf(next));
    }
    definitionIndexes.set(root, found);
  }
  return found.get(id);
}

/** The graph of an id: the root for "". A definition that is gone gives the root. */
export function graphOf(root: GraphJson, id: string): GraphJson {
  return id === "" ? root : (definitionOf(root, id) ?? root);
}

/** A pair of numbers, in either of its two spellings. */
export function pair(value: unknown, fallback: [number, number]): [number, number] {
  if (Array.isArray(value)) return [Number(value[0]) || 0, Number(value[1]) || 0];
  if (isObject(value)) return [Number(value["0"]) || 0, Number(value["1"]) || 0];
  return fallback;
}

export function positionOf(node: NodeJson): [number, number] {
  return pair(node.pos, [0, 0]);
}

/** Links into a node, by the place of the slot. */
export function linksInto(graph: GraphJson, id: string): Link[] {
  return [...indexOf(graph).links.values()].filter((link) => link.target === id);
}

export function linksOutOf(graph: GraphJson, id: string): Link[] {
  return [...indexOf(graph).links.values()].filter((link) => link.origin === id);
}

/** All ids of nodes below the given ones along the wires, themselves included. */
export function ancestorsOf(graph: GraphJson, ids: Iterable<string>): Set<string> {
  const into = new Map<string, string[]>();
  for (const { origin, target } of indexOf(graph).links.values()) into.set(target, [...(into.get(target) ?? []), origin]);
  const found = new Set<string>(ids);
  const pending = [...found];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const origin of into.get(next) ?? []) {
      if (!found.has(origin)) pending.push(origin);
      found.add(origin);
    }
  }
  return found;
}
