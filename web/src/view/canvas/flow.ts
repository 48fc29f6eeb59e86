/** From a graph to what the canvas library draws. The same part gives the same object, so that little is drawn again. */

import { Position, type Edge, type Node, type NodeHandle } from "@xyflow/react";
import type { Catalogue } from "../../model/catalogue";
import { boxOf, groupBox, TITLE } from "../../model/geometry";
import { definitionOf, graphOf, indexOf, INPUT_NODE, OUTPUT_NODE, pair, type DefinitionJson, type GraphJson, type GroupJson, type NodeJson } from "../../model/graph";
import { portShapes, shapeOf, type Shape } from "../../model/shape";
import type { EditorState } from "../../commands";
import { socketPlaces } from "./places";

export type FlowNode = Node<{ at?: number; [key: string]: unknown }>;
export type FlowEdge = Edge<{ type: string; link: number }>;

const GROUP = "group:";
export const groupId = (at: number): string => `${GROUP}${at}`;
export const groupPlace = (id: string): number | null => (id.startsWith(GROUP) ? Number(id.slice(GROUP.length)) : null);
export const outputHandle = (slot: number): string => `o:${slot}`;
export const inputHandle = (name: string): string => `i:${name}`;

/** What the library was given for each node of a canvas; what looks the same is given again. */
export type Drawn = Map<string, { node: NodeJson; shape: Shape; flow: FlowNode }>;

export function flowNodes(state: EditorState, drawn: Drawn): FlowNode[] {
  const { document, graphId, catalogue, selection, group } = state;
  const graph = graphOf(document.root, graphId);
  const groups = (graph.groups ?? []).map((each, at) => groupNode(each, at, at === group));
  const nodes = graph.nodes.map((node) => flowNode(node, shapeOf(document.root, graph, node, catalogue), selection.has(String(node.id)), drawn));
  const definition = graphId === "" ? undefined : definitionOf(document.root, graphId);
  return [...groups, ...nodes, ...(definition ? portNodes(definition) : [])];
}

function flowNode(node: NodeJson, shape: Shape, selected: boolean, drawn: Drawn): FlowNode {
  const known = drawn.get(shape.id);
  if (known?.flow.selected === selected && known.shape.type === shape.type && looksAlike(known.node, node)) return known.flow;
  const { x, y, width, height } = boxOf(node, shape.type);
  const kind = shape.kind === "reroute" ? "reroute" : shape.kind === "note" ? "note" : "graph";
  const flow: FlowNode = {
    id: shape.id, type: kind, position: { x, y }, style: { width, minHeight: height }, measured: { width, height }, handles: handlesOf(shape, width, height),
    selected, data: {}, ariaLabel: shape.title, zIndex: 1,
  };
  drawn.set(shape.id, { node, shape, flow });
  return flow;
}

const SEEN = ["type", "title", "pos", "size", "flags", "inputs", "outputs"] as const;

/** Whether two states of a node stand in the same place with the same sockets: values, colours and modes may differ. */
function looksAlike(one: NodeJson, other: NodeJson): boolean {
  return one === other || SEEN.every((key) => one[key] === other[key]);
}

/** Where wires end, known before a node is drawn: wires lead to nodes out of sight. */
function handlesOf(shape: Shape, width: number, height: number): NodeHandle[] {
  const at = (type: "source" | "target", position: Position, id: string, x: number, y: number): NodeHandle => ({ type, position, id, x: x - RADIUS, y: y - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS });
  if (shape.kind === "reroute") {
    return [...shape.inputs.map((input) => at("target", Position.Left, inputHandle(input.name), 0, height / 2)), at("source", Position.Right, outputHandle(0), width, height / 2)];
  }
  const { inputs, outputs } = socketPlaces(shape, height - TITLE);
  return [
    ...inputs.map(({ socket, y }) => at("target", Position.Left, inputHandle(socket.name), 0, TITLE + y)),
    ...outputs.map(({ socket, y }) => at("source", Position.Right, outputHandle(socket.slot), width, TITLE + y)),
  ];
}

const RADIUS = 6;
const groupsDrawn = new WeakMap<GroupJson, FlowNode>();

function groupNode(group: GroupJson, at: number, selected: boolean): FlowNode {
  const known = groupsDrawn.get(group);
  if (known?.data.at === at && known.selected === selected) return known;
  const { x, y, width, height } = groupBox(group);
  const flow: FlowNode = { id: groupId(at), type: "box", position: { x, y }, width, height, selected, data: { at }, zIndex: -1, dragHandle: ".group-head", ariaLabel: group.title };
  groupsDrawn.set(group, flow);
  return flow;
}

const portsDrawn = new WeakMap<DefinitionJson, FlowNode[]>();

function portNodes(definition: DefinitionJson): FlowNode[] {
  const known = portsDrawn.get(definition);
  if (known) return known;
  const made = [INPUT_NODE, OUTPUT_NODE].map((id, at) => {
    const [x, y] = pair((at === 0 ? definition.inputNode : definition.outputNode).bounding, [0, 0]);
    const shape = portShapes(definition)[at];
    const rows = Math.max(shape?.inputs.length ?? 0, shape?.outputs.length ?? 0);
    return { id, type: "ports", position: { x, y }, width: 150, height: 30 + 8 + rows * 24, data: {}, selectable: false, zIndex: 1, ariaLabel: shape?.title ?? "" };
  });
  portsDrawn.set(definition, made);
  return made;
}

const edgesDrawn = new WeakMap<GraphJson, { catalogue: Catalogue; edges: FlowEdge[] }>();
const edgesKnown = new Map<string, FlowEdge>();

export function flowEdges(state: EditorState): FlowEdge[] {
  const graph = graphOf(state.document.root, state.graphId);
  const known = edgesDrawn.get(graph);
  if (known?.catalogue === state.catalogue) return known.edges;
  const edges = makeEdges(state, graph);
  edgesDrawn.set(graph, { catalogue: state.catalogue, edges });
  return edges;
}

function makeEdges({ document, catalogue }: EditorState, graph: GraphJson): FlowEdge[] {
  const { nodes, links } = indexOf(graph);
  if (edgesKnown.size > 20_000) edgesKnown.clear();
  const definition = "inputNode" in graph ? (graph as DefinitionJson) : null;
  return [...links.values()].flatMap((link) => {
    const [origin, target] = [nodes.get(link.origin), nodes.get(link.target)];
    const output = origin ? shapeOf(document.root, graph, origin, catalogue).outputs[link.originSlot] : definition?.inputs[link.originSlot];
    const input = target ? target.inputs?.[link.targetSlot]?.name : definition?.outputs[link.targetSlot]?.name;
    if (!output || input === undefined) return [];
    const type = output.type === "*" ? link.type : output.type;
    const key = `${link.id} ${link.origin} ${link.originSlot} ${link.target} ${input} ${type}`;
    let edge = edgesKnown.get(key);
    if (!edge) {
      edge = { id: `wire:${link.id}`, type: "wire", source: link.origin, target: link.target, sourceHandle: outputHandle(link.originSlot), targetHandle: inputHandle(input), data: { type, link: link.id }, zIndex: 0 };
      edgesKnown.set(key, edge);
    }
    return [edge];
  });
}
