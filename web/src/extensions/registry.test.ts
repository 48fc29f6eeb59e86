import { expect, test, vi } from "vitest";
import { addExtension, allExtensions, callEach, callInTurn, reportTo, safely } from "./registry";

test("one that fails is reported and stops nobody else; names are unique", async () => {
  const said: string[] = [];
  reportTo((sentence) => said.push(sentence));
  const setup = vi.fn();
  addExtension({ name: "a", setup: () => { throw new Error("broken"); } });
  addExtension({ name: "b", setup });
  expect(() => addExtension({ name: "a" })).toThrow("already");
  await callInTurn("setup", (extension) => extension.setup?.(null));
  callEach("setup", (extension) => extension.setup?.(null));
  safely("a node", () => Promise.reject(new Error("late")));
  await Promise.resolve();
  expect(said).toEqual(["a: setup: broken", "a: setup: broken", "a node: late"]);
  expect(setup).toHaveBeenCalledTimes(2);
  expect(allExtensions().map(({ name }) => name)).toEqual(["a", "b"]);
});
