/** What a node is: one that the server knows, a subgraph's instance, one that only editors know, or a missing one. */

import type { Catalogue, InputSpec, NodeType } from "./catalogue";
import { definitionOf, INPUT_NODE, indexOf, linksOutOf, typeName, type DefinitionJson, type GraphJson, type NodeJson } from "./graph";
import { valueOf } from "./values";
import { hasWidget, widgetsOf } from "./widgets";

export type NodeKind = "known" | "older" | "instance" | "note" | "reroute" | "primitive" | "missing";

/** The categories of instances: of the workflow's own subgraphs, and of published ones. */
export const [SUBGRAPHS, BLUEPRINTS] = ["subgraphs", "Subgraph blueprints"];

/** Where a node states its version. */
export const VERSION = "node_version";

export interface Resolved {
  kind: NodeKind;
  type: NodeType;
}

/**
 * Whether a node was saved by an earlier version of its type. The server brings it up when it runs; here it keeps what it
 * says, as its values belong to inputs that may be called otherwise now.
 */
function isOlder(node: NodeJson, type: NodeType): boolean {
  const stated = node.properties?.[VERSION];
  return typeof stated === "number" && stated < type.version;
}

const NOTES = new Set(["Note", "MarkdownNote"]);
export const VIRTUAL_TYPES = ["MarkdownNote", "Note", "Reroute", "PrimitiveNode"];

/** The kind of a node and its type; those that no server declares get a type made from what the file says. */
export function resolve(root: GraphJson, graph: GraphJson, node: NodeJson, catalogue: Catalogue): Resolved {
  const known = catalogue.types.get(node.type);
  if (known) return isOlder(node, known) ? { kind: "older", type: missingType(node, known.title) } : { kind: "known", type: known };
  const definition = definitionOf(root, node.type);
  if (definition) return { kind: "instance", type: instanceType(root, definition, catalogue) };
  if (NOTES.has(node.type)) return { kind: "note", type: NOTE };
  if (node.type === "Reroute") return { kind: "reroute", type: rerouteType(graph, node) };
  if (node.type === "PrimitiveNode") return { kind: "primitive", type: primitiveType(root, graph, node, catalogue) };
  return { kind: "missing", type: missingType(node) };
}

const bare = (name: string, title: string, inputs: readonly InputSpec[] = [], outputs: NodeType["outputs"] = []): NodeType => ({
  name, title, category: "utils", description: "", pack: "", inputs, outputs, isOutput: false, deprecated: false, experimental: false, aliases: [], version: 1,
});

const NOTE = bare("Note", "Note", [{ name: "text", type: "STRING", required: true, choices: null, options: { multiline: true } }]);
const wire = (name: string, type: string, required = true): InputSpec => ({ name, type, required, choices: null, options: { forceInput: true } });

/** Types of nodes that only editors know, for lists of what can be added. */
export const VIRTUAL: readonly NodeType[] = [
  { ...NOTE, name: "MarkdownNote", title: "Note (Markdown)", description: "A text on the canvas; it does not run." },
  { ...bare("Reroute", "Reroute", [wire("", "*")], [{ name: "", type: "*", isList: false, tooltip: null }]), description: "A point that a wire runs through." },
  { ...bare("PrimitiveNode", "Primitive", [], [{ name: "connect to widget input", type: "*", isList: false, tooltip: null }]), description: "One value for the widgets that it is wired to." },
];

const instanceTypes = new WeakMap<DefinitionJson, { catalogue: Catalogue; root: GraphJson; type: NodeType }>();

/** The type of a subgraph's instances: its ports as sockets, with the widgets that its inputs promote. */
export function instanceType(root: GraphJson, definition: DefinitionJson, catalogue: Catalogue): NodeType {
  const known = instanceTypes.get(definition);
  if (known?.catalogue === catalogue) return known.type;
  const type: NodeType = {
    ...bare(definition.id, definition.name),
    category: SUBGRAPHS,
    description: typeof definition.description === "string" ? definition.description : "",
    inputs: definition.inputs.map((port, at) => promoted(root, definition, at, catalogue) ?? wire(port.name, typeName(port.type))),
    outputs: definition.outputs.map((port) => ({ name: port.name, type: typeName(port.type), isList: false, tooltip: null })),
  };
  instanceTypes.set(definition, { catalogue, root, type });
  return type;
}

/** The inner input that a definition's input reaches first and that has a widget, under the definition's name. */
function promoted(root: GraphJson, definition: DefinitionJson, at: number, catalogue: Catalogue): InputSpec | null {
  const { nodes } = indexOf(definition);
  const port = definition.inputs[at];
  for (const link of linksOutOf(definition, INPUT_NODE)) {
    const node = link.originSlot === at ? nodes.get(link.target) : undefined;
    if (!node || !port) continue;
    const { type } = resolve(root, definition, node, catalogue);
    const name = node.inputs?.[link.targetSlot]?.name;
    const input = type.inputs.find((each) => each.name === name);
    const widget = widgetsOf(type).find((each) => each.input !== null && each.name === name);
    if (!input || !widget || !hasWidget(input)) continue;
    return { ...input, name: port.name, options: { ...input.options, default: valueOf(node, type, widget), control_after_generate: false } };
  }
  return null;
}

/** The type that flows through a reroute: that of what feeds it, else of what it feeds. */
function rerouteType(graph: GraphJson, node: NodeJson): NodeType {
  const type = typeThrough(graph, String(node.id), new Set());
  return remembered(rerouteTypes, type, () => bare("Reroute", "Reroute", [wire("", type)], [{ name: type, type, isList: false, tooltip: null }]));
}

const rerouteTypes = new Map<string, NodeType>();
const looseTypes = new Map<string, NodeType>();
const primitiveTypes = new Map<InputSpec, NodeType>();

/** The same type for the same key, so that what is drawn from it need not be drawn again. */
function remembered<K>(known: Map<K, NodeType>, key: K, make: () => NodeType): NodeType {
  let type = known.get(key);
  if (!type) known.set(key, (type = make()));
  return type;
}

function typeThrough(graph: GraphJson, id: string, seen: Set<string>): string {
  if (seen.has(id)) return "*";
  seen.add(id);
  const { nodes, links } = indexOf(graph);
  for (const link of links.values()) {
    if (link.target !== id) continue;
    const origin = nodes.get(link.origin);
    return origin?.type === "Reroute" ? typeThrough(graph, link.origin, seen) : typeName(origin?.outputs?.[link.originSlot]?.type ?? link.type);
  }
  const target = linksOutOf(graph, id)[0];
  const consumer = target ? nodes.get(target.target) : undefined;
  if (!target || !consumer) return "*";
  return consumer.type === "Reroute" ? typeThrough(graph, target.target, seen) : typeName(consumer.inputs?.[target.targetSlot]?.type ?? "*");
}

/** A primitive takes the widget of what it is wired to. */
function primitiveType(root: GraphJson, graph: GraphJson, node: NodeJson, catalogue: Catalogue): NodeType {
  const output = { name: "connect to widget input", type: typeName(node.outputs?.[0]?.type), isList: false, tooltip: null };
  for (const link of linksOutOf(graph, String(node.id))) {
    const target = indexOf(graph).nodes.get(link.target);
    if (!target || target.type === "PrimitiveNode") continue;
    const name = target.inputs?.[link.targetSlot]?.name;
    const input = resolve(root, graph, target, catalogue).type.inputs.find((each) => each.name === name);
    if (!input) continue;
    const control = input.type === "INT" || input.type === "FLOAT" ? { control_after_generate: input.type === "INT" } : {};
    return remembered(primitiveTypes, input, () => bare("PrimitiveNode", "Primitive", [{ ...input, name: "value", options: { ...input.options, socketless: true, ...control } }], [{ ...output, type: input.type, name: input.type }]));
  }
  return remembered(looseTypes, output.type, () => bare("PrimitiveNode", "Primitive", [], [output]));
}

const missingTypes = new WeakMap<NodeJson, NodeType>();

/** A placeholder: the sockets that the file names. Its values stay in the file as they are. */
function missingType(node: NodeJson, title = node.type): NodeType {
  let type = missingTypes.get(node);
  if (!type) {
    const inputs = (node.inputs ?? []).map((slot) => wire(slot.name, typeName(slot.type), slot.shape !== 7));
    const outputs = (node.outputs ?? []).map((slot) => ({ name: slot.name, type: typeName(slot.type), isList: slot.shape === 6, tooltip: null }));
    missingTypes.set(node, (type = bare(node.type, title, inputs, outputs)));
  }
  return type;
}
