/** A node as it is seen: title, sockets and widgets, from what the file says and what its type declares. */

import type { Catalogue, InputSpec, NodeType } from "./catalogue";
import { BYPASSED, INPUT_NODE, MUTED, OUTPUT_NODE, typeName, type DefinitionJson, type GraphJson, type NodeJson, type SlotJson } from "./graph";
import { resolve, type NodeKind } from "./kinds";
import { hasWidget, widgetsOf, type Widget } from "./widgets";

export interface InputSocket {
  name: string;
  label: string;
  type: string;
  /** Its place among the file's slots; -1 until it is first used. */
  slot: number;
  link: number | null;
  optional: boolean;
  /** The widget that stands for it while no wire does. */
  hasWidget: boolean;
  tooltip: string | null;
}

export interface OutputSocket {
  name: string;
  label: string;
  type: string;
  slot: number;
  isList: boolean;
  isUsed: boolean;
  tooltip: string | null;
}

export interface Shape {
  id: string;
  kind: NodeKind | "ports";
  type: NodeType;
  title: string;
  inputs: readonly InputSocket[];
  outputs: readonly OutputSocket[];
  widgets: readonly Widget[];
  isMuted: boolean;
  isBypassed: boolean;
  isCollapsed: boolean;
}

const shapes = new WeakMap<NodeJson, Shape>();

export function shapeOf(root: GraphJson, graph: GraphJson, node: NodeJson, catalogue: Catalogue): Shape {
  const { kind, type } = resolve(root, graph, node, catalogue);
  const known = shapes.get(node);
  if (known?.type === type && known.kind === kind) return known;
  const shape: Shape = {
    id: String(node.id),
    kind,
    type,
    title: node.title ?? type.title,
    inputs: inputsOf(node, type),
    outputs: outputsOf(node, type),
    widgets: widgetsOf(type),
    isMuted: node.mode === MUTED,
    isBypassed: node.mode === BYPASSED,
    isCollapsed: node.flags?.collapsed === true,
  };
  shapes.set(node, shape);
  return shape;
}

function inputsOf(node: NodeJson, type: NodeType): InputSocket[] {
  const slots = node.inputs ?? [];
  const places = new Map(slots.map((slot, at) => [slot.name, at]));
  const found: InputSocket[] = [];
  const used = new Set<string>();
  for (const spec of type.inputs) {
    if (spec.options.growing) found.push(...grown(spec, slots, used));
    else if (!spec.options.socketless || places.has(spec.name)) {
      used.add(spec.name);
      found.push(declared(spec, slots[places.get(spec.name) ?? -1], places.get(spec.name) ?? -1));
    }
  }
  // Sockets that only the file knows: made by scripts of packs, or of an older version of the node.
  slots.forEach((slot, at) => {
    if (!used.has(slot.name)) found.push({ name: slot.name, label: slot.label ?? slot.name, type: typeName(slot.type), slot: at, link: slot.link ?? null, optional: true, hasWidget: false, tooltip: null });
  });
  return found;
}

function declared(spec: InputSpec, slot: SlotJson | undefined, at: number): InputSocket {
  return {
    name: spec.name, label: slot?.label ?? spec.name, type: spec.type, slot: at, link: slot?.link ?? null,
    optional: !spec.required, hasWidget: hasWidget(spec), tooltip: spec.options.tooltip ?? null,
  };
}

/** The sockets of an input that grows: those in use, and a free one. Their names are `name.0`, `name.1`, ... */
function grown(spec: InputSpec, slots: readonly SlotJson[], used: Set<string>): InputSocket[] {
  const found: InputSocket[] = [];
  let next = 0;
  slots.forEach((slot, at) => {
    const number = slot.name.startsWith(`${spec.name}.`) ? Number(slot.name.slice(spec.name.length + 1)) : NaN;
    if (Number.isNaN(number)) return;
    used.add(slot.name);
    next = Math.max(next, number + 1);
    found.push({ ...declared(spec, slot, at), name: slot.name, label: slot.label ?? `${spec.name} ${number + 1}`, hasWidget: false, optional: true });
  });
  if (found.every((socket) => socket.link !== null)) {
    found.push({ ...declared(spec, undefined, -1), name: `${spec.name}.${next}`, label: `${spec.name} ${next + 1}`, hasWidget: false, optional: true });
  }
  return found;
}

function outputsOf(node: NodeJson, type: NodeType): OutputSocket[] {
  const slots = node.outputs ?? [];
  const count = Math.max(slots.length, type.outputs.length);
  return Array.from({ length: count }, (_, at) => {
    const [slot, spec] = [slots[at], type.outputs[at]];
    const kind = spec?.type ?? typeName(slot?.type);
    const name = slot?.name ?? spec?.name ?? kind;
    return { name, label: slot?.label ?? (name || kind), type: kind, slot: at, isList: spec?.isList ?? false, isUsed: (slot?.links?.length ?? 0) > 0, tooltip: spec?.tooltip ?? null };
  });
}

const PORTS: NodeType = { name: "", title: "", category: "subgraphs", description: "", pack: "", inputs: [], outputs: [], isOutput: false, deprecated: false, experimental: false, aliases: [], version: 1 };

/** The two ends of a subgraph as nodes: what comes in, and what goes out; the last socket makes a new port. */
export function portShapes(definition: DefinitionJson): [Shape, Shape] {
  const base = { kind: "ports" as const, type: PORTS, widgets: [], isMuted: false, isBypassed: false, isCollapsed: false };
  const outputs = definition.inputs.map((port, at): OutputSocket => ({ name: port.name, label: port.label ?? port.name, type: typeName(port.type), slot: at, isList: false, isUsed: (port.linkIds?.length ?? 0) > 0, tooltip: null }));
  const inputs = definition.outputs.map((port, at): InputSocket => ({ name: port.name, label: port.label ?? port.name, type: typeName(port.type), slot: at, link: port.linkIds?.[0] ?? null, optional: true, hasWidget: false, tooltip: null }));
  const free = { name: "+", label: "+", type: "*", tooltip: null };
  return [
    { ...base, id: INPUT_NODE, title: "in", inputs: [], outputs: [...outputs, { ...free, slot: outputs.length, isList: false, isUsed: false }] },
    { ...base, id: OUTPUT_NODE, title: "out", inputs: [...inputs, { ...free, slot: inputs.length, link: null, optional: true, hasWidget: false }], outputs: [] },
  ];
}

/** The slot that a file gets when a socket is first used. */
export function slotJson(socket: InputSocket): SlotJson {
  return {
    name: socket.name,
    type: socket.type,
    ...(socket.optional && !socket.hasWidget ? { shape: 7 } : {}),
    link: null,
    ...(socket.hasWidget ? { widget: { name: socket.name } } : {}),
  };
}
