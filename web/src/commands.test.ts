import fc from "fast-check";
import { expect, test } from "vitest";
import { createEditor, type Editor } from "./commands";
import { nodeBox } from "./commands/groups";
import { CATALOGUE, WORKFLOW } from "./fixtures";
import { readBlueprint } from "./model/blueprint";
import { readCatalogue } from "./model/catalogue";
import { indexOf, type GraphJson } from "./model/graph";

const open = (source: string | typeof WORKFLOW = WORKFLOW): Editor => createEditor(source, CATALOGUE);
const graph = (editor: Editor): GraphJson => editor.core.graph;
const links = (editor: Editor) => [...indexOf(graph(editor)).links.values()].map(({ origin, originSlot, target, targetSlot }) => `${origin}.${originSlot}>${target}.${targetSlot}`);

const BLUEPRINT = (() => {
  const editor = open();
  editor.commands.select(["5", "6"]);
  editor.commands.makeSubgraph("Paint");
  const [id = ""] = editor.state().selection;
  return readBlueprint(editor.commands.published(id, "Paint", ""), { key: "subgraphs/Paint.json", title: "Paint", pack: null });
})();

/** One random edit, from three random numbers. */
function edit(editor: Editor, kind: number, one: number, other: number): void {
  const { commands } = editor;
  const ids = graph(editor).nodes.map((node) => String(node.id));
  const pick = (at: number) => ids[at % Math.max(ids.length, 1)] ?? "";
  const [id, second] = [pick(one), pick(other)];
  const wires = [...indexOf(graph(editor)).links.keys()];
  const wire = wires[one % Math.max(wires.length, 1)] ?? -1;
  commands.select([id, second, pick(one + other)].filter((each) => each !== ""));
  const edits: (() => unknown)[] = [
    () => commands.add(["Loader", "Encode", "Sampler", "Batch", "MarkdownNote", "Reroute", "PrimitiveNode"][one % 7] ?? "", [one, other]),
    () => commands.place(BLUEPRINT, [one, other]),
    () => commands.remove([id]),
    () => commands.move(new Map([[id, [one, other]]])),
    () => commands.resize(id, [one, other]),
    () => commands.rename(id, `name ${one}`),
    () => commands.colour(`#${(one % 4096).toString(16)}`, undefined),
    () => commands.collapse(),
    () => commands.toggleMode(one % 2 === 0 ? 2 : 4),
    () => commands.setValue(id, editor.core.shape(id)?.widgets[other % 3]?.name ?? "", other),
    () => {
      const [from, to] = [editor.core.shape(id), editor.core.shape(second)];
      const [output, input] = [from?.outputs[one % 3], to?.inputs[other % 6]];
      if (output && input) commands.connect({ origin: id, output: output.slot, target: second, input: input.name });
    },
    () => commands.disconnect([wire]),
    () => commands.insert(id, wire),
    () => commands.reroute(wire, [one, other]),
    () => commands.group("G"),
    () => commands.removeGroup(0),
    () => commands.changeGroup(0, { title: `t${one}` }),
    () => commands.tidy(),
    () => commands.align("left"),
    () => commands.distribute("x"),
    () => commands.duplicate(),
    () => commands.paste(commands.copy() ?? {}, [one, other]),
    () => commands.cut(),
    () => commands.makeSubgraph("S"),
    () => commands.unpack(id),
    () => commands.enter(id),
    () => commands.leave(),
    () => commands.promote(id, editor.core.shape(id)?.widgets[0]?.name ?? ""),
    () => commands.removePort(one % 2 === 0 ? "inputs" : "outputs", other % 3),
    () => commands.renamePort("inputs", other % 3, `l${one}`),
    () => commands.stepControls(() => (one % 97) / 97),
    () => commands.undo(),
    () => commands.redo(),
  ];
  edits[kind % edits.length]?.();
}

const EDITS = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)), { minLength: 200, maxLength: 200 });

test("undo of 200 random edits returns to the same bytes, and redo to those after them", () => {
  fc.assert(
    fc.property(EDITS, fc.constantFrom(JSON.stringify(WORKFLOW), JSON.stringify(WORKFLOW, null, 2), JSON.stringify(asVersion1())), (edits, text) => {
      const editor = open(text);
      for (const [kind, one, other] of edits) edit(editor, kind, one, other);
      const after = editor.text();
      const steps = editor.state().log.done.length;
      for (let step = 0; step < steps; step++) editor.commands.undo();
      expect(editor.text()).toBe(text);
      for (let step = 0; step < steps; step++) editor.commands.redo();
      expect(editor.text()).toBe(after);
    }),
    { numRuns: 30 },
  );
}, 60_000);

test("after any edits every wire has both of its ends, and every end its wire", () => {
  fc.assert(
    fc.property(EDITS, (edits) => {
      const editor = open();
      for (const [kind, one, other] of edits) edit(editor, kind, one, other);
      for (const each of [editor.core.root, ...(editor.core.root.definitions?.subgraphs ?? [])]) expectWhole(each);
    }),
    { numRuns: 30 },
  );
}, 60_000);

function expectWhole(graph: GraphJson): void {
  const { nodes, links } = indexOf(graph);
  expect(links.size).toBe(graph.links.length);
  expect(nodes.size).toBe(graph.nodes.length);
  for (const link of links.values()) {
    if (link.origin !== "-10") expect(nodes.get(link.origin)?.outputs?.[link.originSlot]?.links).toContain(link.id);
    if (link.target !== "-20") expect(nodes.get(link.target)?.inputs?.[link.targetSlot]?.link).toBe(link.id);
  }
  for (const node of graph.nodes) {
    for (const slot of node.inputs ?? []) if (typeof slot.link === "number") expect(links.has(slot.link)).toBe(true);
    for (const slot of node.outputs ?? []) for (const id of slot.links ?? []) expect(links.has(id)).toBe(true);
  }
}

function asVersion1() {
  const links = (WORKFLOW.links as [number, number, number, number, number, string][]).map(([id, origin_id, origin_slot, target_id, target_slot, type]) => ({ id, origin_id, origin_slot, target_id, target_slot, type }));
  const { last_node_id: _one, last_link_id: _other, ...rest } = WORKFLOW;
  return { ...rest, links, version: 1, state: { lastGroupId: 1, lastNodeId: 7, lastLinkId: 9, lastRerouteId: 0 } };
}

test("a wrong wire is refused, and the reason names both types", () => {
  const editor = open();
  expect(editor.commands.connect({ origin: "1", output: 0, target: "7", input: "images" })).toEqual({ reason: "types", from: "model", to: "image" });
  expect(editor.commands.connect({ origin: "5", output: 0, target: "5", input: "latent" })?.reason).toBe("self");
  expect(editor.state().revision).toBe(0);
});

test("a loop is refused", () => {
  const editor = open();
  const id = editor.commands.add("Scale", [0, 0], { node: "6", slot: 0, type: "IMAGE", from: "output" }) ?? "";
  const next = editor.commands.add("Scale", [0, 0], { node: id, slot: 0, type: "IMAGE", from: "output" }) ?? "";
  expect(editor.commands.connect({ origin: next, output: 0, target: id, input: "image" })?.reason).toBe("cycle");
});

test("a widget takes a wire, and its slot is made then", () => {
  const editor = open();
  const id = editor.commands.add("PrimitiveNode", [0, 0]) ?? "";
  expect(editor.commands.connect({ origin: id, output: 0, target: "5", input: "steps" })).toBeNull();
  expect(editor.core.node("5")?.inputs?.at(-1)).toMatchObject({ name: "steps", widget: { name: "steps" } });
  expect(editor.core.shape(id)?.widgets.map((widget) => widget.name)).toEqual(["value", "control_after_generate"]);
});

test("a node that is added without a place covers none", () => {
  const editor = open();
  const boxes = () => graph(editor).nodes.map((node) => nodeBox(editor.core, String(node.id)));
  editor.commands.select(["1"]);
  for (let count = 0; count < 5; count++) {
    const [before, box] = [boxes(), nodeBox(editor.core, editor.commands.addFreely("Scale", [0, 0]) ?? "")];
    expect(before.filter((each) => box.x < each.x + each.width && box.x + box.width > each.x && box.y < each.y + each.height && box.y + box.height > each.y)).toEqual([]);
  }
});

test("growing inputs show a free socket behind those in use", () => {
  const editor = open();
  const id = editor.commands.add("Batch", [0, 0]) ?? "";
  editor.commands.connect({ origin: "6", output: 0, target: id, input: "images.0" });
  expect(editor.core.shape(id)?.inputs.map((input) => [input.name, input.link !== null])).toEqual([["images.0", true], ["images.1", false]]);
});

test("inserting on a wire joins both sides", () => {
  const editor = open();
  const id = editor.commands.add("Scale", [0, 0]) ?? "";
  expect(editor.commands.insert(id, 9)).toBe(true);
  expect(links(editor)).toEqual(expect.arrayContaining([`6.0>${id}.0`, `${id}.0>7.0`]));
  expect(links(editor)).not.toContain("6.0>7.0");
});

test("a subgraph keeps the wires across its border, shows promoted values, and unpacks to what it was", () => {
  const editor = open();
  const before = links(editor).length;
  editor.commands.select(["2", "3"]);
  editor.commands.makeSubgraph("Texts");
  const id = [...editor.state().selection][0] ?? "";
  expect(editor.core.shape(id)).toMatchObject({ kind: "instance", title: "Texts" });
  expect(editor.core.shape(id)?.inputs.map((input) => input.type)).toEqual(["CLIP"]);
  editor.commands.enter(id);
  editor.commands.promote("1", "text");
  editor.commands.leave();
  expect(editor.core.shape(id)?.widgets.map((widget) => [widget.name, widget.default])).toEqual([["text", "a cat"]]);
  editor.commands.setValue(id, "text", "a dog");
  editor.commands.unpack(id);
  expect(links(editor)).toHaveLength(before);
  expect(graph(editor).nodes.filter((node) => node.type === "Encode").map((node) => node.widgets_values)).toEqual([["a dog"], ["bad"]]);
});

test("muting an instance mutes what is inside, unless another instance shares it; what had a mode of its own keeps it", () => {
  const editor = open();
  const modes = () => (editor.core.root.definitions?.subgraphs?.[0]?.nodes ?? []).map((node) => node.mode);
  editor.commands.toggleMode(4, ["3"]);
  editor.commands.select(["2", "3"]);
  editor.commands.makeSubgraph("Texts");
  const before = editor.text();
  editor.commands.toggleMode(2);
  expect(modes()).toEqual([2, 4]);
  editor.commands.toggleMode(2);
  expect(editor.text()).toBe(before);
  editor.commands.duplicate();
  editor.commands.toggleMode(2);
  expect(modes()).toEqual([0, 4]);
  expect(graph(editor).nodes.at(-1)?.mode).toBe(2);
});

test("a copy goes through both clipboard forms; duplicates keep the wires that come in", () => {
  const editor = open();
  editor.commands.select(["5", "6"]);
  const texts = editor.commands.copy();
  for (const form of [{ plain: texts?.plain ?? "" }, { html: texts?.html ?? "" }]) {
    const other = open({ nodes: [], links: [], version: 0.4 });
    expect(other.commands.paste(form, [0, 0])).toBe(true);
    expect(links(other)).toEqual(["1.0>2.0"]);
  }
  editor.commands.duplicate();
  expect(links(editor)).toHaveLength(9 + 6);
});

test("a placeholder keeps every value and key", () => {
  const odd = { nodes: [{ id: 1, type: "Nobody", pos: [0, 0], size: [1, 1], inputs: [], outputs: [], widgets_values: [1.5, { a: [null] }], extra_key: 3 }], links: [], version: 0.4 };
  const editor = open(JSON.stringify(odd));
  expect(editor.core.shape("1")?.kind).toBe("missing");
  editor.commands.move(new Map([["1", [5, 5]]]));
  expect(JSON.parse(editor.text())).toEqual({ ...odd, nodes: [{ ...odd.nodes[0], pos: [5, 5] }] });
});

test("a new node states the version of its type; one of an earlier version keeps what it says", () => {
  const grain = { input: { required: { strength: ["FLOAT", { default: 0.2 }], seed: ["INT", { default: 0, control_after_generate: true }] } }, output: ["IMAGE"], display_name: "Grain", node_version: 3 };
  const old = { id: 1, type: "Grain", pos: [0, 0], size: [200, 80], inputs: [], outputs: [], properties: { node_version: 2, widget_names: ["amount"] }, widgets_values: [20] };
  const editor = createEditor({ nodes: [old], links: [], version: 0.4 }, readCatalogue({ Grain: grain }));
  const id = editor.commands.add("Grain", [300, 0]) ?? "";
  expect(editor.core.node(id)?.properties).toMatchObject({ node_version: 3, widget_names: ["strength", "seed", ""] });
  expect([editor.core.shape(id)?.kind, editor.core.shape("1")?.kind, editor.core.shape("1")?.title]).toEqual(["known", "older", "Grain"]);
  editor.commands.setValue("1", "strength", 0.5);
  expect(editor.core.node("1")?.widgets_values).toEqual([20]);
});

test("typing into a widget is one step back", () => {
  const editor = open();
  for (const text of ["a", "ab", "abc"]) editor.commands.setValue("2", "text", text);
  editor.commands.undo();
  expect(editor.core.node("2")?.widgets_values).toEqual(["a cat"]);
});

test("the form that servers run is opened as nodes with wires and values", () => {
  const editor = open({
    "1": { class_type: "Loader", inputs: { ckpt_name: "b.safetensors" } },
    "2": { class_type: "Encode", inputs: { text: "hi", clip: ["1", 1] }, _meta: { title: "Mine" } },
    x: { class_type: "Nobody", inputs: { a: ["2", 0], b: 3 } },
  });
  expect(links(editor)).toEqual(["1.1>2.0", "2.0>x.0"]);
  expect(editor.core.node("2")).toMatchObject({ title: "Mine", widgets_values: ["hi"] });
  expect(editor.core.node("x")?.widgets_values).toEqual({ b: 3 });
});

test("seeds step as they are told to", () => {
  const editor = open();
  editor.commands.setValue("5", "control_after_generate", "increment");
  editor.commands.stepControls();
  expect(editor.core.node("5")?.widgets_values).toEqual([8, "increment", 20, 8, "euler"]);
});

test("problems are found without a server", () => {
  const editor = open();
  editor.commands.disconnect([1]);
  editor.commands.setValue("1", "ckpt_name", "a.ckpt");
  expect(editor.problems().map(({ code, node, input }) => [code, node, input])).toEqual([["notAChoice", "1", "ckpt_name"], ["missingInput", "5", "model"]]);
});
