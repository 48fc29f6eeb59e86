import { expect, test } from "vitest";
import { createEditor, type Editor } from "../commands";
import { CATALOGUE, WORKFLOW } from "../fixtures";
import { blueprintType, readBlueprint, type Blueprint } from "../model/blueprint";
import { definitionsOf, indexOf, type GraphJson } from "../model/graph";
import type { JsonObject } from "../model/json";

const EMPTY: JsonObject = { nodes: [], links: [], version: 0.4 };
const open = (source: JsonObject = EMPTY): Editor => createEditor(source, CATALOGUE);
const read = (text: string, title = "Mine"): Blueprint => readBlueprint(text, { key: `subgraphs/${title}.json`, title, pack: null });
const links = (graph: GraphJson): string[] => [...indexOf(graph).links.values()].map(({ origin, originSlot, target, targetSlot }) => `${origin}.${originSlot}>${target}.${targetSlot}`);

/** A workflow whose sampler and decoder are a subgraph, that instance's id, and what it is published as. */
function made(title = "Mine", description = "Paints."): { editor: Editor; id: string; text: string } {
  const editor = open(WORKFLOW);
  editor.commands.select(["5", "6"]);
  editor.commands.makeSubgraph("Subgraph");
  const id = [...editor.state().selection][0] ?? "";
  return { editor, id, text: editor.commands.published(id, title, description) };
}

test("what is published is a workflow of one instance without wires, and the workflow it comes from stays", () => {
  const { editor, id } = made();
  const before = editor.text();
  editor.commands.toggleMode(4, [id]);
  const file = JSON.parse(editor.commands.published(id, "Mine", "Paints.")) as GraphJson;
  editor.commands.undo();
  expect(editor.text()).toBe(before);
  expect(file).toMatchObject({ version: 0.4, links: [], last_node_id: 1, extra: { BlueprintDescription: "Paints." } });
  const [definition] = definitionsOf(file);
  expect(file.nodes).toMatchObject([{ id: 1, type: definition?.id, mode: 0 }]);
  expect([definition?.name, definition?.nodes.map(({ type }) => type)]).toEqual(["Mine", ["Sampler", "Decode"]]);
  expect(file.nodes[0]?.inputs?.every(({ link }) => link === null)).toBe(true);
});

test("it is placed with its definition in one step, once more without another one, and undone to the same bytes", () => {
  const blueprint = read(made().text);
  const editor = open();
  const before = editor.text();
  expect(editor.commands.place(blueprint, [10.4, 20])).toBe("1");
  expect(editor.core.shape("1")).toMatchObject({ kind: "instance", title: "Mine" });
  expect(editor.core.node("1")).toMatchObject({ pos: [10, 20] });
  const definitions = definitionsOf(editor.core.root);
  expect(definitions).toEqual(definitionsOf(blueprint.root));
  expect(editor.commands.placeFreely(blueprint, [0, 0])).toBe("2");
  expect(definitionsOf(editor.core.root)).toEqual(definitions);
  editor.commands.undo();
  editor.commands.undo();
  expect(editor.text()).toBe(before);
});

test("values that the instance shows come along", () => {
  const { editor, id } = made();
  editor.commands.enter(id);
  const sampler = editor.core.graph.nodes.find(({ type }) => type === "Sampler")?.id;
  editor.commands.promote(String(sampler), "steps");
  editor.commands.leave();
  editor.commands.setValue(id, "steps", 33);
  const other = open();
  const placed = other.commands.place(read(editor.commands.published(id, "Mine", "")), [0, 0]) ?? "";
  expect(other.core.node(placed)?.widgets_values).toEqual([33]);
});

test("where its definition is there already that one is used, with the sockets that it has now", () => {
  const { editor, id, text } = made();
  editor.commands.enter(id);
  editor.commands.removePort("outputs", 0);
  editor.commands.leave();
  const placed = editor.commands.place(read(text), [0, 0]) ?? "";
  expect(editor.core.node(placed)).toMatchObject({ type: editor.core.node(id)?.type, title: "Mine", outputs: [] });
  expect(definitionsOf(editor.core.root)).toHaveLength(1);
});

test("it cannot be placed inside of itself", () => {
  const { editor, id, text } = made();
  editor.commands.enter(id);
  const before = editor.text();
  expect(editor.commands.place(read(text), [0, 0])).toBeNull();
  expect(editor.text()).toBe(before);
});

test("a wire in the hand is joined to it", () => {
  const blueprint = read(made().text);
  const editor = open(WORKFLOW);
  const id = editor.commands.place(blueprint, [0, 0], { node: "4", slot: 0, type: "LATENT", from: "output" }) ?? "";
  const input = editor.core.shape(id)?.inputs.find(({ type }) => type === "LATENT");
  expect(links(editor.core.graph)).toContain(`4.0>${id}.${input?.slot}`);
});

test("subgraphs within it come along, and its type shows what lists need", () => {
  const { editor, id } = made();
  editor.commands.select([id]);
  editor.commands.makeSubgraph("Outer");
  const outer = [...editor.state().selection][0] ?? "";
  const blueprint = read(editor.commands.published(outer, "Twice", ""), "Twice");
  expect(definitionsOf(blueprint.root).map(({ name }) => name).sort()).toEqual(["Subgraph", "Twice"]);
  expect(blueprintType(blueprint, CATALOGUE)).toMatchObject({ name: "subgraphs/Twice.json", title: "Twice", category: "Subgraph blueprints", outputs: [{ type: "IMAGE" }] });
});

test("files that are none say what they should be", () => {
  for (const file of [EMPTY, WORKFLOW, { nodes: [{ id: 1, type: "Loader" }], version: 0.4 }]) expect(() => read(JSON.stringify(file))).toThrow("Its one node should be an instance");
  expect(() => read("{")).toThrow("not JSON");
  const file = JSON.parse(made().text) as GraphJson;
  for (const part of ["nodes", "links", "inputs", "outputs"]) {
    const definitions = { subgraphs: definitionsOf(file).map((each) => ({ ...each, [part]: undefined })) };
    expect(() => read(JSON.stringify({ ...file, definitions }))).toThrow("lacks its nodes");
  }
});
