/** The curve of a wire: it leaves an output to the right and comes into an input from the left. */

export interface Point {
  x: number;
  y: number;
}

/** A cubic Bézier curve: its ends, and the two points that it leans to. */
export type Curve = readonly [Point, Point, Point, Point];

const BACKWARDS = 7.5; // how far a wire swings out whose input lies to the left of its output

export function curveBetween(from: Point, to: Point): Curve {
  const way = to.x - from.x;
  const lean = way >= 0 ? way / 2 : BACKWARDS * Math.sqrt(-way);
  return [from, { x: from.x + lean, y: from.y }, { x: to.x - lean, y: to.y }, to];
}

export function pathOf([from, first, second, to]: Curve): string {
  return `M${from.x},${from.y}C${first.x},${first.y} ${second.x},${second.y} ${to.x},${to.y}`;
}

const PIECES = 24;

/** The curve as a line of short pieces. */
export function pointsOf([from, first, second, to]: Curve): Point[] {
  return Array.from({ length: PIECES + 1 }, (_, at) => {
    const t = at / PIECES;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
    return { x: a * from.x + b * first.x + c * second.x + d * to.x, y: a * from.y + b * first.y + c * second.y + d * to.y };
  });
}

/** Whether a curve crosses a straight stroke. */
export function crosses(curve: Curve, from: Point, to: Point): boolean {
  const points = pointsOf(curve);
  return points.some((point, at) => at > 0 && segmentsCross(points[at - 1] ?? point, point, from, to));
}

function segmentsCross(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point) => Math.sign((q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}
