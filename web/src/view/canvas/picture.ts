/** The picture of a graph from afar: groups, wires, and nodes as their title and colour. */

import type { InternalNode } from "@xyflow/react";
import type { StoreApi } from "zustand/vanilla";
import type { Editor, EditorState } from "../../commands";
import { graphOf } from "../../model/graph";
import { phaseInside, type NodePhase, type RunState } from "../../model/run";
import type { Point } from "./curve";
import { curveOf } from "./cutting";
import { flowEdges, groupPlace, type FlowNode } from "./flow";
import { categoryColour, typeColour } from "./look";
import type { Paint } from "./paint";

export interface View {
  x: number;
  y: number;
  zoom: number;
  /** Of what is seen, on the screen. */
  width: number;
  height: number;
}

export interface Scene {
  editor: Editor;
  run: StoreApi<RunState>;
  nodes: ReadonlyMap<string, InternalNode<FlowNode>>;
  /** Nodes that are drawn in full, and so not here. */
  full: ReadonlySet<string>;
  hasWires: boolean;
  hasGroups: boolean;
}

const OUTLINES: Partial<Record<NodePhase, string>> = { running: "var(--good)", failed: "var(--bad)" };
const TITLE = { size: 22, least: 9, groupLeast: 11 }; // px: in the graph, and the least on the screen
const BAR = 30; // px: of a title in the graph
const INTO = [-6, 0, 0, 6]; // px: a wire ends where its sockets would be, at the edges of the nodes
const GROUP_BAR = 40; // px: between a group's edge and its nodes, mostly
const NARROW = 26; // px: a node that is narrower has no room for a title

export function drawPicture(paint: Paint, view: View, scene: Scene): void {
  paint.begin(view);
  if (scene.hasGroups) for (const node of scene.nodes.values()) if (groupPlace(node.id) !== null) drawGroup(paint, view, scene, node);
  if (scene.hasWires) drawWires(paint, view, scene);
  for (const node of scene.nodes.values()) if (node.type === "graph" && !scene.full.has(node.id)) drawNode(paint, view, scene, node);
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a node stands on the screen; null where it is not seen. */
function boxOf({ internals: { positionAbsolute: at }, measured }: InternalNode<FlowNode>, { x, y, zoom, width, height }: View): Box | null {
  const box = { x: x + at.x * zoom, y: y + at.y * zoom, width: (measured.width ?? 0) * zoom, height: (measured.height ?? 0) * zoom };
  return box.x > width || box.y > height || box.x + box.width < 0 || box.y + box.height < 0 ? null : box;
}

function drawGroup(paint: Paint, view: View, { editor }: Scene, node: InternalNode<FlowNode>): void {
  const box = boxOf(node, view);
  const group = editor.core.graph.groups?.[groupPlace(node.id) ?? -1];
  if (!box || !group) return;
  paint.box(box, { fill: group.color ?? "#3f789e", alpha: 0.2, outline: node.selected ? "var(--accent)" : null });
  const size = Math.max(TITLE.size * view.zoom, TITLE.groupLeast);
  if (size <= GROUP_BAR * view.zoom) paint.text(group.title, { x: box.x + 4, y: box.y + 3, width: box.width - 8, size, colour: "var(--text)" });
}

function drawWires(paint: Paint, view: View, { editor, nodes }: Scene): void {
  const { x, y, zoom, width, height } = view;
  const found = new Map<string, Point[][]>();
  for (const wire of flowEdges(editor.state())) {
    const curve = curveOf(wire, (id) => nodes.get(id));
    if (!curve) continue;
    const points = curve.map((point, at) => ({ x: x + (point.x + (INTO[at] ?? 0)) * zoom, y: y + point.y * zoom }));
    const isSeen = points.some((point) => point.x >= 0) && points.some((point) => point.x <= width) && points.some((point) => point.y >= 0) && points.some((point) => point.y <= height);
    if (!isSeen) continue;
    const type = wire.data?.type ?? "*";
    const curves = found.get(type);
    if (curves) curves.push(points);
    else found.set(type, [points]);
  }
  for (const [type, curves] of found) paint.curves(curves, typeColour(type));
}

function drawNode(paint: Paint, view: View, { editor, run }: Scene, node: InternalNode<FlowNode>): void {
  const [box, shape, json] = [boxOf(node, view), editor.core.shape(node.id), editor.core.node(node.id)];
  if (!box || !shape || !json) return;
  const execution = [...editor.state().path, node.id].join(":");
  const phase = run.getState().nodes.get(execution)?.phase ?? (shape.kind === "instance" ? phaseInside(run.getState(), execution) : null);
  const outline = node.selected ? "var(--accent)" : phase && OUTLINES[phase] ? OUTLINES[phase] : shape.kind === "missing" ? "var(--warn)" : null;
  const alpha = shape.isMuted ? 0.4 : shape.isBypassed ? 0.6 : 1;
  const size = Math.max(TITLE.size * view.zoom, TITLE.least);
  const bar = Math.min(box.height, Math.max(BAR * view.zoom, size + 5));
  const fill = json.color ?? categoryColour(shape.type.category);
  paint.box(box, { fill: json.bgcolor ?? `color-mix(in srgb, ${fill} 22%, var(--surface))`, alpha, outline });
  paint.box({ ...box, height: bar }, { fill, alpha, outline: null });
  if (box.width >= NARROW && box.height > size) {
    paint.text(shape.title, { x: box.x + 5, y: box.y + (bar - size) / 2, width: box.width - 10, size, colour: json.color === undefined ? "var(--text)" : "#e6e8ec" });
  }
}

/** Whether two states of a graph give the same picture, values of widgets left out. */
export function isSameGraph(one: EditorState, other: EditorState): boolean {
  return one.graphId === other.graphId && one.selection === other.selection && one.group === other.group && graphOf(one.document.root, one.graphId) === graphOf(other.document.root, other.graphId) && one.catalogue === other.catalogue;
}
