/** Tidy layout from left to right along the wires, and lining up of what is selected. Places are of bodies. */

import type { Box } from "./geometry";
import type { Link } from "./graph";

export interface Placed extends Box {
  id: string;
}

export type Places = ReadonlyMap<string, [number, number]>;

const GAP_X = 70;
const GAP_Y = 30;

/**
 * Columns by the longest way from a source, rows by the middle of what a node is wired to (a few sweeps back and
 * forth, as in Sugiyama's layered drawing). The upper left corner of the whole stays where it was.
 */
export function tidy(nodes: readonly Placed[], links: readonly Pick<Link, "origin" | "target">[]): Places {
  if (nodes.length === 0) return new Map();
  const ids = new Set(nodes.map((node) => node.id));
  const wires = links.filter((link) => ids.has(link.origin) && ids.has(link.target) && link.origin !== link.target);
  const columns = columnsOf(nodes, wires);
  const neighbours = new Map<string, string[]>();
  for (const { origin, target } of wires) {
    neighbours.set(origin, [...(neighbours.get(origin) ?? []), target]);
    neighbours.set(target, [...(neighbours.get(target) ?? []), origin]);
  }
  for (let sweep = 0; sweep < 6; sweep++) {
    const order = sweep % 2 === 0 ? columns.slice(1) : columns.slice(0, -1).reverse();
    const row = new Map(columns.flatMap((column) => column.map((node, at) => [node.id, at / column.length] as const)));
    for (const column of order) {
      const weight = new Map(column.map((node) => [node.id, middle(neighbours.get(node.id) ?? [], row) ?? row.get(node.id) ?? 0]));
      column.sort((one, other) => (weight.get(one.id) ?? 0) - (weight.get(other.id) ?? 0));
      column.forEach((node, at) => row.set(node.id, at / column.length));
    }
  }
  return place(columns, nodes);
}

function middle(ids: readonly string[], row: ReadonlyMap<string, number>): number | null {
  return ids.length === 0 ? null : ids.reduce((sum, id) => sum + (row.get(id) ?? 0), 0) / ids.length;
}

/** Longest-way layering; then sources move right next to what uses them first. A cycle's nodes stay where they are met. */
function columnsOf(nodes: readonly Placed[], wires: readonly Pick<Link, "origin" | "target">[]): Placed[][] {
  const depth = new Map(nodes.map((node) => [node.id, 0]));
  const [waiting, outgoing] = [new Map<string, number>(), new Map<string, string[]>()];
  for (const { origin, target } of wires) {
    waiting.set(target, (waiting.get(target) ?? 0) + 1);
    outgoing.set(origin, [...(outgoing.get(origin) ?? []), target]);
  }
  const ready = nodes.filter((node) => !waiting.get(node.id)).map((node) => node.id);
  const order: string[] = [];
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id);
    for (const target of outgoing.get(id) ?? []) {
      depth.set(target, Math.max(depth.get(target) ?? 0, (depth.get(id) ?? 0) + 1));
      const left = (waiting.get(target) ?? 1) - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  const hasInput = new Set(wires.map((wire) => wire.target));
  for (const id of order.reverse()) {
    const next = (outgoing.get(id) ?? []).map((target) => depth.get(target) ?? 0);
    if (!hasInput.has(id) && next.length > 0) depth.set(id, Math.max(0, Math.min(...next) - 1));
  }
  const columns = new Map<number, Placed[]>();
  for (const node of nodes) {
    const at = depth.get(node.id) ?? 0;
    columns.set(at, [...(columns.get(at) ?? []), node]);
  }
  return [...columns].sort(([one], [other]) => one - other).map(([, column]) => column);
}

function place(columns: readonly Placed[][], nodes: readonly Placed[]): Places {
  const [left, top] = [Math.min(...nodes.map((node) => node.x)), Math.min(...nodes.map((node) => node.y))];
  const heights = columns.map((column) => column.reduce((sum, node) => sum + node.height + GAP_Y, -GAP_Y));
  const tallest = Math.max(...heights);
  const found = new Map<string, [number, number]>();
  let x = left;
  columns.forEach((column, at) => {
    let y = top + (tallest - (heights[at] ?? 0)) / 2;
    for (const node of column) {
      found.set(node.id, [Math.round(x), Math.round(y)]);
      y += node.height + GAP_Y;
    }
    x += Math.max(...column.map((node) => node.width)) + GAP_X;
  });
  return found;
}

export type Edge = "left" | "right" | "top" | "bottom" | "centre" | "middle";

/** Moves boxes so that they share an edge, or a middle. */
export function align(nodes: readonly Placed[], edge: Edge): Places {
  if (nodes.length === 0) return new Map();
  const [left, right] = [Math.min(...nodes.map((node) => node.x)), Math.max(...nodes.map((node) => node.x + node.width))];
  const [top, bottom] = [Math.min(...nodes.map((node) => node.y)), Math.max(...nodes.map((node) => node.y + node.height))];
  const at: Record<Edge, (node: Placed) => [number, number]> = {
    left: (node) => [left, node.y],
    right: (node) => [right - node.width, node.y],
    top: (node) => [node.x, top],
    bottom: (node) => [node.x, bottom - node.height],
    centre: (node) => [(left + right - node.width) / 2, node.y],
    middle: (node) => [node.x, (top + bottom - node.height) / 2],
  };
  return new Map(nodes.map((node) => [node.id, at[edge](node)]));
}

/** Moves boxes so that the gaps between them are equal; the outer two stay. */
export function distribute(nodes: readonly Placed[], axis: "x" | "y"): Places {
  const size = axis === "x" ? "width" : "height";
  const sorted = [...nodes].sort((one, other) => one[axis] - other[axis]);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last || sorted.length < 3) return new Map();
  const room = last[axis] + last[size] - first[axis] - sorted.reduce((sum, node) => sum + node[size], 0);
  let at = first[axis];
  return new Map(sorted.map((node) => {
    const found: [number, number] = axis === "x" ? [at, node.y] : [node.x, at];
    at += node[size] + room / (sorted.length - 1);
    return [node.id, found];
  }));
}
