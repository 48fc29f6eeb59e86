import { expect, test } from "vitest";
import { neededBy } from "./needed";

test("only what feeds the outputs is needed; texts and lists that look like wires are none", () => {
  const prompt = {
    "1": { class_type: "A", inputs: { text: "2", list: ["9", 0] } },
    "2": { class_type: "B", inputs: { from: ["1", 0] } },
    "3": { class_type: "C", inputs: { from: ["1", 0] } },
    "4": { class_type: "D", inputs: { one: ["2", 0], other: ["1", 0] } },
  };
  expect(neededBy(prompt, ["4"])).toEqual(["1", "2", "4"]);
  expect(neededBy(prompt, ["3", "gone"])).toEqual(["1", "3"]);
  expect(neededBy(prompt, [])).toEqual([]);
});
