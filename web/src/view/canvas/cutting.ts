/** Wires under a stroke, and under a node: by sampling the drawn curves. */

import type { ReactFlowInstance } from "@xyflow/react";
import type { FlowEdge, FlowNode } from "./flow";

interface Point {
  x: number;
  y: number;
}

const SAMPLES = 24;

function pathsShown(): { id: string; path: SVGPathElement }[] {
  return [...document.querySelectorAll<SVGGElement>(".react-flow__edge")].flatMap((element) => {
    const path = element.querySelector<SVGPathElement>("path.wire");
    return path && element.dataset.id ? [{ id: element.dataset.id, path }] : [];
  });
}

function pointsOf(path: SVGPathElement): Point[] {
  const length = path.getTotalLength();
  return Array.from({ length: SAMPLES + 1 }, (_, at) => path.getPointAtLength((length * at) / SAMPLES));
}

/** Links whose wires cross a line, in the graph's coordinates. */
export function wiresAcross(from: Point, to: Point): number[] {
  return pathsShown().filter(({ path }) => crosses(pointsOf(path), from, to)).map(({ id }) => Number(id.slice(5)));
}

function crosses(points: readonly Point[], from: Point, to: Point): boolean {
  return points.some((point, at) => at > 0 && segmentsCross(points[at - 1] ?? point, point, from, to));
}

function segmentsCross(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point) => Math.sign((q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}

/** The wire that runs under the middle of a node and that it fits into; null if there is none. */
export function wireUnder(flow: ReactFlowInstance<FlowNode, FlowEdge>, node: FlowNode, fits: (link: number) => boolean): number | null {
  const [width, height] = [node.measured?.width ?? 0, node.measured?.height ?? 0];
  const box = { left: node.position.x + width * 0.2, right: node.position.x + width * 0.8, top: node.position.y, bottom: node.position.y + Math.min(height, 80) };
  const touched = new Set(flow.getEdges().filter((edge) => edge.source === node.id || edge.target === node.id).map((edge) => edge.id));
  for (const { id, path } of pathsShown()) {
    if (touched.has(id)) continue;
    const isUnder = pointsOf(path).some(({ x, y }) => x > box.left && x < box.right && y > box.top && y < box.bottom);
    if (isUnder && fits(Number(id.slice(5)))) return Number(id.slice(5));
  }
  return null;
}
