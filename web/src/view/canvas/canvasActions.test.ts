import { expect, test } from "vitest";
import { keyOf } from "../actions";
import { shellActions } from "../shellActions";
import { canvasActions } from "./canvasActions";

const SHARED = new Set(["Escape"]); // what it leaves depends on what is open

test("no key means two things", () => {
  const keys = [...shellActions, ...canvasActions].flatMap((action) => action.keys ?? []).filter((key) => !SHARED.has(key));
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});

test("keys are spelt as events are", () => {
  expect(keyOf({ key: "T", ctrlKey: false, metaKey: false, shiftKey: true, altKey: false })).toBe("shift+t");
  expect([...shellActions, ...canvasActions].flatMap((action) => action.keys ?? []).filter((key) => /[A-Z]$/.test(key) && /(^|\+)[A-Z]$/.test(key))).toEqual([]);
});
