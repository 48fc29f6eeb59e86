/** From the form that servers run to the editor's: nodes by name, wires by input, then a tidy layout. */

import { tidy } from "./arrange";
import type { Catalogue, NodeType } from "./catalogue";
import { newNode } from "./create";
import type { Document } from "./document";
import { emptyDocument } from "./document";
import { addNodes, connect, moveNodes, updateNode } from "./edit";
import { boxOf, TITLE } from "./geometry";
import { indexOf, type GraphJson, type Id } from "./graph";
import { isObject, put, type Json, type JsonObject } from "./json";
import { resolve } from "./kinds";
import { shapeOf, slotJson } from "./shape";
import { withValue } from "./values";

interface PromptNode {
  class_type: string;
  inputs?: Record<string, Json>;
  _meta?: { title?: string };
}

/** A document for a prompt. Nodes that the server does not know become placeholders that keep their values. */
export function importPrompt(prompt: JsonObject, catalogue: Catalogue, id: string): Document {
  const entries = Object.entries(prompt as unknown as Record<string, PromptNode>);
  const empty = emptyDocument(id);
  const nodes = entries.map(([key, entry]) => {
    const known = catalogue.types.get(entry.class_type);
    const node = newNode(idOf(key), known ?? unknownType(entry, entries), [0, 0]);
    const title = entry._meta?.title;
    return title && title !== known?.title ? put(node, { title }) : node;
  });
  let graph = addNodes(empty.root, nodes);
  for (const [key, { inputs = {} }] of entries) {
    for (const [name, value] of Object.entries(inputs)) graph = fill(graph, key, name, value, catalogue);
  }
  const boxes = graph.nodes.map((node) => ({ id: String(node.id), ...boxOf(node, resolve(graph, graph, node, catalogue).type) }));
  const places = tidy(boxes, [...indexOf(graph).links.values()]);
  return { ...empty, root: moveNodes(graph, new Map([...places].map(([key, [x, y]]) => [key, [x, y + TITLE]]))) };
}

const idOf = (key: string): Id => (/^\d+$/.test(key) ? Number(key) : key);
const isLink = (value: Json): value is [string, number] => Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && typeof value[1] === "number";

function fill(graph: GraphJson, id: string, name: string, value: Json, catalogue: Catalogue): GraphJson {
  const node = indexOf(graph).nodes.get(id);
  if (!node) return graph;
  const shape = shapeOf(graph, graph, node, catalogue);
  if (isLink(value)) {
    const origin = indexOf(graph).nodes.get(value[0]);
    const socket = shape.inputs.find((input) => input.name === name);
    if (!origin) return graph;
    const type = origin.outputs?.[value[1]]?.type;
    const slot = socket ? (socket.slot >= 0 ? socket.slot : slotJson(socket)) : { name, type: "*", link: null };
    return connect(graph, { node: value[0], slot: value[1], type: typeof type === "string" ? type : "*" }, { node: id, slot });
  }
  const plain = isObject(value) && "__value__" in value ? (value.__value__ ?? null) : value;
  if (shape.kind === "missing") return updateNode(graph, id, { widgets_values: { ...(node.widgets_values as JsonObject | undefined), [name]: plain } });
  return updateNode(graph, id, { widgets_values: withValue(node, shape.type, name, plain) });
}

/** The sockets that an unknown node must have: its linked inputs, and as many outputs as others use. */
function unknownType({ class_type, inputs = {} }: PromptNode, entries: readonly (readonly [string, PromptNode])[]): NodeType {
  const key = entries.find(([, entry]) => entry.inputs === inputs)?.[0];
  const used = entries.flatMap(([, entry]) => Object.values(entry.inputs ?? {}).filter(isLink).filter(([origin]) => origin === key).map(([, slot]) => slot));
  const linked = Object.entries(inputs).filter(([, value]) => isLink(value));
  return {
    name: class_type, title: class_type, category: "other", description: "", pack: "", isOutput: false, deprecated: false, experimental: false, aliases: [], version: 1,
    inputs: linked.map(([name]) => ({ name, type: "*", required: true, choices: null, options: { forceInput: true } })),
    outputs: Array.from({ length: Math.max(0, ...used.map((slot) => slot + 1)) }, () => ({ name: "*", type: "*", isList: false, tooltip: null })),
  };
}
