import fc from "fast-check";
import { expect, test } from "vitest";
import type { JobSummary } from "../api/wire";
import { galleryOf, inOrder, mediaKind, numberFor } from "./jobs";

const job = (id: string, number: number, more: Partial<JobSummary> = {}): JobSummary => ({
  id, number, state: "queued", client_id: null, attempt: 0, created_at: 0, started_at: null, ended_at: null, error: null, node_errors: {}, files: [], ...more,
});

test("what runs comes first, then lower numbers", () => {
  expect(inOrder([job("b", 2), job("a", -1), job("r", 9, { state: "running" })]).map(({ id }) => id)).toEqual(["r", "a", "b"]);
});

test("a moved job stands where it was put", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(7), fc.nat(7), (length, from, to) => {
      const waiting = Array.from({ length }, (_, index) => job(String(index), index));
      const [source, place] = [from % length, to % length];
      const id = String(source);
      const number = numberFor(waiting, id, place);
      if (source === place) return number === null;
      const moved = inOrder(waiting.map((each) => (each.id === id ? { ...each, number: number ?? NaN } : each)));
      return moved.findIndex((each) => each.id === id) === place;
    }),
  );
});

test("the gallery shows media that were saved", () => {
  const files = [{ filename: "a.png" }, { filename: "b.txt" }, { filename: "c.mp4" }, { filename: "d.webp", type: "temp" as const }];
  expect(galleryOf([job("x", 0, { files })]).map(({ file }) => file.filename)).toEqual(["a.png", "c.mp4"]);
  const kept = [job("later", 1, { files: [{ filename: "a.png" }] }), job("x", 0, { files })];
  expect(galleryOf(kept).map(({ file, job }) => `${file.filename} ${job}`)).toEqual(["a.png later", "c.mp4 x"]);
  expect(mediaKind({ filename: "c.MP4" })).toBe("video");
});
