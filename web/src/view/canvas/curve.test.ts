import { expect, test } from "vitest";
import { crosses, curveBetween, pathOf, pointsOf } from "./curve";

test("a wire begins and ends in its sockets and keeps between their heights", () => {
  const points = pointsOf(curveBetween({ x: 0, y: 0 }, { x: 100, y: 50 }));
  expect([points[0], points.at(-1)]).toEqual([{ x: 0, y: 0 }, { x: 100, y: 50 }]);
  expect(points.every(({ y }) => y >= 0 && y <= 50)).toBe(true);
});

test("a wire that goes back swings out on both sides", () => {
  const xs = pointsOf(curveBetween({ x: 100, y: 0 }, { x: 0, y: 50 })).map(({ x }) => x);
  expect(Math.max(...xs)).toBeGreaterThan(100);
  expect(Math.min(...xs)).toBeLessThan(0);
});

test("a stroke cuts the curve that it crosses, not the straight line between its ends", () => {
  const curve = curveBetween({ x: 0, y: 0 }, { x: 100, y: 100 });
  expect(crosses(curve, { x: 50, y: 0 }, { x: 50, y: 100 })).toBe(true);
  expect(crosses(curve, { x: 0, y: 60 }, { x: 30, y: 60 })).toBe(false);
  expect(crosses(curve, { x: 22, y: 6 }, { x: 22, y: 18 })).toBe(true);
  expect(crosses(curve, { x: 22, y: 20 }, { x: 22, y: 24 })).toBe(false);
});

test("its path is a cubic curve of an SVG", () => {
  expect(pathOf(curveBetween({ x: 0, y: 1 }, { x: 10, y: 2 }))).toBe("M0,1C5,1 5,2 10,2");
});
