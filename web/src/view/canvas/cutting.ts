/** Wires under a stroke, and under a node. */

import type { InternalNode, NodeHandle, ReactFlowInstance } from "@xyflow/react";
import { crosses, curveBetween, pointsOf, type Curve, type Point } from "./curve";
import type { FlowEdge, FlowNode } from "./flow";

type Flow = ReactFlowInstance<FlowNode, FlowEdge>;
type Lookup = (id: string) => InternalNode<FlowNode> | undefined;

/** Where a wire runs in the graph's coordinates, drawn or not; null if one of its ends is not known. */
export function curveOf(edge: FlowEdge, lookup: Lookup): Curve | null {
  const from = socketOf(lookup(edge.source), "source", edge.sourceHandle);
  const to = socketOf(lookup(edge.target), "target", edge.targetHandle);
  return from && to ? curveBetween({ x: from.x + from.width, y: from.middle }, { x: to.x, y: to.middle }) : null;
}

function socketOf(node: InternalNode<FlowNode> | undefined, side: "source" | "target", id: string | null | undefined) {
  const handle = node?.internals.handleBounds?.[side]?.find((each) => each.id === id) as NodeHandle | undefined;
  if (!node || !handle) return null;
  const { x, y } = node.internals.positionAbsolute;
  return { x: x + handle.x, width: handle.width ?? 0, middle: y + handle.y + (handle.height ?? 0) / 2 };
}

function curves(flow: Flow, wires: readonly FlowEdge[]): { link: number; edge: FlowEdge; curve: Curve }[] {
  return wires.flatMap((edge) => {
    const curve = curveOf(edge, flow.getInternalNode);
    return curve && edge.data ? [{ link: edge.data.link, edge, curve }] : [];
  });
}

/** Links whose wires cross a line, in the graph's coordinates. */
export function wiresAcross(flow: Flow, wires: readonly FlowEdge[], from: Point, to: Point): number[] {
  return curves(flow, wires).filter(({ curve }) => crosses(curve, from, to)).map(({ link }) => link);
}

/** The wire that runs under the middle of a node and that it fits into; null if there is none. */
export function wireUnder(flow: Flow, wires: readonly FlowEdge[], node: FlowNode, fits: (link: number) => boolean): number | null {
  const [width, height] = [node.measured?.width ?? 0, node.measured?.height ?? 0];
  const box = { left: node.position.x + width * 0.2, right: node.position.x + width * 0.8, top: node.position.y, bottom: node.position.y + Math.min(height, 80) };
  const isInside = ({ x, y }: Point) => x > box.left && x < box.right && y > box.top && y < box.bottom;
  const [start, end] = [{ x: box.left, y: box.top }, { x: box.right, y: box.bottom }]; // steep wires have few points
  const isUnder = (curve: Curve) => pointsOf(curve).some(isInside) || crosses(curve, start, end);
  const found = curves(flow, wires).find(({ link, edge, curve }) => edge.source !== node.id && edge.target !== node.id && isUnder(curve) && fits(link));
  return found?.link ?? null;
}
