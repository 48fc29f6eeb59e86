import { expect, test, vi } from "vitest";
import { addExtension, allExtensions, callEach } from "./registry";

test("one that fails is reported and stops nobody else; names are unique", async () => {
  const setup = vi.fn();
  addExtension({ name: "a", setup: () => { throw new Error("broken"); } });
  addExtension({ name: "b", setup });
  expect(() => addExtension({ name: "a" })).toThrow("already");
  const said: string[] = [];
  await callEach("setup", (extension) => extension.setup?.(null), (sentence) => said.push(sentence));
  expect(said).toEqual(["a: setup: broken"]);
  expect(setup).toHaveBeenCalledOnce();
  expect(allExtensions().map(({ name }) => name)).toEqual(["a", "b"]);
});
