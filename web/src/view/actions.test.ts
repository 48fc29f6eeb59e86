import { afterEach, expect, test, vi } from "vitest";
import { keyLabel, keyOf, registerActions, runAction, useActions, type Action } from "./actions";

const action = (id: string, more: Partial<Action> = {}): Action => ({ id, title: () => id, group: "edit", run: () => undefined, ...more });
const press = (key: string, more: Partial<KeyboardEvent> = {}) => keyOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

afterEach(() => useActions.setState({ all: new Map() }));

test("keys are spelled one way", () => {
  expect(press("K", { ctrlKey: true })).toBe("ctrl+k");
  expect(press("z", { metaKey: true, shiftKey: true })).toBe("ctrl+shift+z");
  expect(press("?", { shiftKey: true })).toBe("?");
  expect(press(" ")).toBe("Space");
  expect(press("Enter", { ctrlKey: true })).toBe("ctrl+Enter");
});

test("keys are written as people write them", () => {
  expect(keyLabel("ctrl+shift+z", false)).toEqual(["Ctrl", "Shift", "Z"]);
  expect(keyLabel("ctrl+Enter", true)).toEqual(["⌘", "↵"]);
  expect(keyLabel("ctrl++", false)).toEqual(["Ctrl", "+"]);
});

test("an action that cannot be done now is not done", () => {
  const run = vi.fn();
  registerActions([action("a", { run, when: () => false })]);
  runAction("a");
  runAction("unknown");
  expect(run).not.toHaveBeenCalled();
});

test("what was registered can be taken away, and what replaced it stays", () => {
  const remove = registerActions([action("a"), action("b")]);
  registerActions([action("a", { group: "run" })]);
  remove();
  expect([...useActions.getState().all.values()].map(({ id, group }) => [id, group])).toEqual([["a", "run"]]);
});
