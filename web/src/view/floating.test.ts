import { expect, test } from "vitest";
import { inside } from "./floating";

test("a box begins where it is asked to, or where it still fits", () => {
  expect(inside(100, 400, 1280)).toBe(100);
  expect(inside(1000, 400, 1280)).toBe(872);
  expect(inside(-20, 400, 1280)).toBe(8);
});

test("a box that is larger than its room shows its start", () => {
  expect(inside(100, 900, 800)).toBe(8);
});
