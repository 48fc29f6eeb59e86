import { expect, test } from "vitest";
import { mine, type Draft } from "./drafts";

const draft = (id: string, owner: string, place = 0): Draft => ({ id, owner, place, title: id, path: null, text: "{}", isDirty: true, job: null, isActive: false });

test("a reload goes on with its own drafts, in their order", () => {
  const all = [draft("b", "me", 1), draft("a", "me", 0), draft("c", "other")];
  expect(mine(all, "me", new Set()).map((found) => found.id)).toEqual(["a", "b"]);
});

test("a new tab takes over what closed tabs left behind, and nothing from open ones", () => {
  expect(mine([draft("a", "gone"), draft("b", "open")], "me", new Set(["open"])).map((found) => found.id)).toEqual(["a"]);
});
