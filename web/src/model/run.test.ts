import { expect, test } from "vitest";
import { applyEvent, IDLE, phaseInside, progressOf, type RunState } from "./run";

const told = (...events: [string, Record<string, unknown>][]): RunState =>
  events.reduce((state, [type, data], at) => applyEvent(state, { type, data: { prompt_id: "j", ...data } }, 1000 * (at + 1)), IDLE);

const START: [string, Record<string, unknown>] = ["submitted", { nodes: ["1", "2", "12:3"] }];

test("a node's life: queued, running with progress, done with its time", () => {
  expect(told(START).nodes.get("1")?.phase).toBe("queued");
  const running = told(START, ["executing", { node: "1" }], ["progress", { node: "1", value: 3, max: 10 }]);
  expect(running.nodes.get("1")).toMatchObject({ phase: "running", value: 3, max: 10 });
  expect(running.current).toBe("1");
  const state = told(START, ["executing", { node: "1" }], ["executed", { node: "1", output: { images: [{ filename: "a.png" }] } }]);
  expect(state.nodes.get("1")).toMatchObject({ phase: "done", took: 1000, shown: { images: [{ filename: "a.png" }] } });
});

test("cached nodes are marked, and what nobody mentioned by the end was cached as well", () => {
  const state = told(START, ["execution_cached", { nodes: ["1"] }], ["execution_success", {}], ["executing", { node: null }]);
  expect([...state.nodes.values()].map((node) => node.phase)).toEqual(["cached", "cached", "cached"]);
  expect(state.phase).toBe("done");
});

test("a node whose beginning was not heard of has done its work all the same", () => {
  const finished = { nodes: { "1": { value: 1, max: 1, state: "finished" } } };
  const state = told(START, ["progress_state", finished], ["execution_success", {}]);
  expect(state.nodes.get("1")).toMatchObject({ phase: "done", took: null });
  expect(state.nodes.get("2")?.phase).toBe("cached");
});

test("the nodes of a run may become known after its messages, even after its end", () => {
  const events: [string, Record<string, unknown>][] = [["submitted", { nodes: [] }], ["executing", { node: "1" }], ["executed", { node: "1", output: { text: ["a"] } }]];
  const plan: [string, Record<string, unknown>] = ["planned", { nodes: ["1", "2"] }];
  expect([...told(...events, plan).nodes].map(([id, { phase }]) => [id, phase])).toEqual([["1", "done"], ["2", "queued"]]);
  const over = told(...events, ["execution_success", {}], plan);
  expect([over.phase, over.endedAt, over.nodes.get("1")?.took, over.nodes.get("2")?.phase]).toEqual(["done", 4000, 1000, "cached"]);
});

test("what a replay says of beginnings tells no times, but for the node that works now", () => {
  const missed: [string, Record<string, unknown>][] = [START, ["executing", { node: "1" }], ["executing", { node: "2" }], ["caughtUp", {}]];
  const finished = (id: string): [string, Record<string, unknown>] => ["progress_state", { nodes: { [id]: { value: 1, max: 1, state: "finished" } } }];
  const state = told(...missed, finished("1"), finished("2"));
  expect([state.nodes.get("1"), state.nodes.get("2")]).toMatchObject([{ phase: "done", took: null }, { phase: "done", took: 3000 }]);
});

test("a node that no one saw end before the run did has no time", () => {
  expect(told(START, ["executing", { node: "1" }], ["execution_success", {}]).nodes.get("1")).toMatchObject({ phase: "done", took: null });
});

test("a failure stands at its node, and the run stays failed after the last message", () => {
  const error = { node_id: "2", exception_message: "No such file.", exception_type: "E" };
  const state = told(START, ["executing", { node: "2" }], ["execution_error", error], ["executing", { node: null }]);
  expect(state.nodes.get("2")).toMatchObject({ phase: "failed", failures: [{ message: "No such file.", details: "E", input: null }] });
  expect([state.phase, state.current, state.nodes.get("1")?.phase]).toEqual(["failed", null, "interrupted"]);
});

test("a refusal marks the inputs at fault, and the next submission clears them", () => {
  const node_errors = { "2": { errors: [{ message: "Missing", details: "model", extra_info: { input_name: "model" } }] } };
  const state = told(START, ["refused", { node_errors }]);
  expect(state.nodes.get("2")?.failures[0]).toEqual({ message: "Missing", details: "model", input: "model" });
  expect(applyEvent(state, { type: "submitted", data: { prompt_id: "k", nodes: ["2"] } }, 0).nodes.get("2")?.failures).toEqual([]);
});

test("messages of other jobs change nothing", () => {
  const state = told(START);
  expect(applyEvent(state, { type: "executing", data: { prompt_id: "other", node: "1" } }, 0)).toBe(state);
});

test("what a node showed stays until it shows something else", () => {
  const state = told(START, ["executed", { node: "1", output: { text: ["a"] } }], ["submitted", { nodes: ["1"] }]);
  expect(state.nodes.get("1")).toMatchObject({ phase: "queued", shown: { text: ["a"] } });
  const other = applyEvent(state, { type: "submitted", data: { prompt_id: "k", nodes: ["2"] } }, 0);
  expect(other.nodes.get("1")).toMatchObject({ phase: "idle", shown: { text: ["a"] } });
  expect(progressOf(other).total).toBe(1);
  expect(applyEvent(other, { type: "planned", data: { prompt_id: "k", nodes: ["1"] } }, 0).nodes.get("1")?.phase).toBe("queued");
});

test("an instance shows the liveliest of what is inside", () => {
  expect(phaseInside(told(START, ["executing", { node: "12:3" }]), "12")).toBe("running");
  expect(phaseInside(told(START), "1")).toBeNull();
});

test("progress counts nodes and the part of the current one", () => {
  const state = told(START, ["execution_cached", { nodes: ["1"] }], ["executing", { node: "2" }], ["progress", { node: "2", value: 1, max: 2 }]);
  expect(progressOf(state)).toEqual({ done: 1, total: 3, share: 0.5 });
});

test("whole maps of progress say the same as single messages", () => {
  const at = (state: string, value: number) => ({ nodes: { "1": { value, max: 4, state } } });
  const state = told(START, ["progress_state", at("running", 0)], ["progress_state", at("running", 2)]);
  expect(state.nodes.get("1")).toMatchObject({ phase: "running", value: 2, max: 4 });
  expect(told(START, ["progress_state", at("running", 0)], ["progress_state", at("finished", 4)]).nodes.get("1")).toMatchObject({ phase: "done", took: 1000 });
});
