import { expect, test } from "vitest";
import { completionsAt, weigh } from "./prompting";

const at = (marked: string) => {
  const from = marked.indexOf("[");
  const to = marked.indexOf("]") - 1;
  return { text: marked.replace(/[[\]]/g, ""), from, to };
};

test.each([
  ["a [cat] b", 1, "a (cat:1.05) b"],
  ["a c[]at b", -1, "a (cat:0.95) b"],
  ["a ([cat]:1.05) b", 1, "a (cat:1.1) b"],
  ["a ([cat]:1.05) b", -1, "a cat b"],
  ["[(big cat:1.2)]", 1, "(big cat:1.25)"],
  ["[ two words ]", 1, " (two words:1.05) "],
] as const)("%s by %d is %s", (marked, direction, wanted) => {
  expect(weigh(at(marked), direction).text).toBe(wanted);
});

test("what was marked stays marked, so that keys can be pressed again", () => {
  const once = weigh(at("a [cat] b"), 1);
  expect(once.text.slice(once.from, once.to)).toBe("cat");
  expect(weigh(once, 1).text).toBe("a (cat:1.1) b");
});

test("embeddings are completed where one is named", () => {
  expect(completionsAt("a, embedding:ti", 15, ["tinyembed", "other"])).toEqual({ from: 3, names: ["embedding:tinyembed"] });
  expect(completionsAt("a cat", 5, ["tinyembed"])).toBeNull();
});
