import { beforeEach, expect, test, vi } from "vitest";
import { Detail } from "./detail";

let frames: (() => void)[] = [];
let now = 0;

beforeEach(() => {
  [frames, now] = [[], 0];
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  vi.spyOn(performance, "now").mockImplementation(() => now);
});

/** Lets a frame pass. */
function pass(): void {
  const due = frames;
  frames = [];
  for (const frame of due) frame();
}

/** Nodes that take 4 ms each to change. */
function follow(detail: Detail, count: number): void {
  for (let id = 0; id < count; id++) detail.follow(String(id), false, () => (now += 4));
}

test("nodes take turns when the view comes near, then wires come, a part in each frame", () => {
  const detail = new Detail(false);
  follow(detail, 5);
  detail.want(true);
  const seen: number[] = [];
  for (let frame = 0; frame < 5; frame++) {
    seen.push(detail.full.size);
    expect(detail.wires).toBe(0);
    pass();
  }
  expect(seen).toEqual([0, 0, 2, 4, 5]);
  while (frames.length > 0) pass();
  expect(detail.wires).toBe(1);
});

test("wires go at once and nodes in turn when the view goes away; turning back midway keeps what is full", () => {
  const detail = new Detail(true);
  follow(detail, 6);
  while (frames.length > 0) pass();
  detail.want(false);
  expect([detail.wires, detail.isFar]).toEqual([0, false]);
  pass();
  expect(detail.full.size).toBe(6);
  pass();
  expect(detail.full.size).toBe(4);
  detail.want(true);
  while (frames.length > 0) pass();
  expect([detail.full.size, detail.wires]).toEqual([6, 1]);
  detail.want(false);
  while (frames.length > 0) pass();
  expect([detail.full.size, detail.isFar]).toEqual([0, true]);
});

test("a node that goes away is waited for no more", () => {
  const detail = new Detail(false);
  const leave = detail.follow("1", false, () => undefined);
  detail.want(true);
  leave();
  expect([detail.isSettled, detail.full.size]).toEqual([true, 0]);
});
