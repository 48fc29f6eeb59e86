/** How large nodes are. A file gives the size of the body; the title stands above its position, as the field has it. */

import type { NodeType } from "./catalogue";
import { pair, positionOf, type GraphJson, type GroupJson, type NodeJson } from "./graph";
import { widgetsOf, type Widget } from "./widgets";

export const TITLE = 30;
export const SLOT = 20;
export const WIDGET = 24;
const TEXT = 76;
const LETTER = 6.6;
const PADDING = 8;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The least height of a widget's row; texts of several lines take what is left over as well. */
export function widgetHeight({ kind, input }: Widget): number {
  return kind === "text" && input?.options.multiline ? TEXT : WIDGET;
}

/** The widgets that stand as rows: a control stands beside the value that it controls. */
export function rowsOf(type: NodeType): readonly Widget[] {
  return widgetsOf(type).filter((widget) => widget.kind !== "control" && widget.kind !== "filter");
}

/** The least size of a node's body. */
export function minimumSize(type: NodeType): [number, number] {
  const sockets = type.inputs.filter((input) => !widgetsOf(type).some((widget) => widget.name === input.name));
  const rows = Math.max(sockets.length, type.outputs.length);
  const widgets = rowsOf(type).reduce((sum, widget) => sum + widgetHeight(widget), 0);
  const inputLetters = Math.max(0, ...sockets.map(({ name }) => name.length));
  const outputLetters = Math.max(0, ...type.outputs.map(({ name }) => name.length));
  const widgetLetters = Math.max(0, ...rowsOf(type).map(({ name }) => name.length));
  const width = Math.max(140, (inputLetters + outputLetters) * LETTER + 60, type.title.length * LETTER + 60, widgetLetters > 0 ? widgetLetters * LETTER + 110 : 0);
  return [Math.ceil(width / 10) * 10, PADDING + rows * SLOT + widgets + PADDING];
}

/** The size of a node's body: the file's, but no smaller than its content. */
export function sizeOf(node: NodeJson, type: NodeType): [number, number] {
  const [width, height] = pair(node.size, [0, 0]);
  const [least, lowest] = minimumSize(type);
  const hasText = rowsOf(type).some((widget) => widgetHeight(widget) > WIDGET);
  const usual = hasText ? 320 : Math.max(least, 210);
  return [width > 0 ? Math.max(width, Math.min(least, 140)) : usual, Math.max(height, lowest)];
}

/** Where a node stands, title included. */
export function boxOf(node: NodeJson, type: NodeType): Box {
  const [x, y] = positionOf(node);
  if (node.type === "Reroute") return { x, y, width: 75, height: 26 };
  const [width, height] = sizeOf(node, type);
  return { x, y: y - TITLE, width, height: node.flags?.collapsed ? TITLE : height + TITLE };
}

export function around(boxes: readonly Box[], margin = 0): Box | null {
  if (boxes.length === 0) return null;
  const [left, top] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x: left - margin, y: top - margin, width: right - left + 2 * margin, height: bottom - top + 2 * margin };
}

/** A box moved to the right until it covers no other. */
export function clearOf(box: Box, others: readonly Box[], gap: number): Box {
  const hit = others.find((other) => box.x < other.x + other.width + gap && box.x + box.width + gap > other.x && box.y < other.y + other.height && box.y + box.height > other.y);
  return hit ? clearOf({ ...box, x: hit.x + hit.width + gap }, others, gap) : box;
}

export function groupBox({ bounding: [x, y, width, height] }: GroupJson): Box {
  return { x, y, width, height };
}

/** The nodes whose middle lies in a box. */
export function nodesInside(graph: GraphJson, box: Box, sizes: (node: NodeJson) => Box): string[] {
  return graph.nodes.flatMap((node) => {
    const { x, y, width, height } = sizes(node);
    const [middle, centre] = [x + width / 2, y + height / 2];
    return middle >= box.x && middle <= box.x + box.width && centre >= box.y && centre <= box.y + box.height ? [String(node.id)] : [];
  });
}

/** How much taller each text of several lines is than its least, so that rows fill a body of this height. */
export function stretchOf(type: NodeType, height: number, hasMedia = false): number {
  const texts = rowsOf(type).filter((widget) => widgetHeight(widget) > WIDGET).length;
  return texts === 0 || hasMedia ? 0 : Math.max(0, (height - minimumSize(type)[1]) / texts);
}
