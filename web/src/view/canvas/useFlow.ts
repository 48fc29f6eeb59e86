import { applyNodeChanges, useReactFlow, type EdgeChange, type NodeChange, type OnNodeDrag } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type { Editor, EditorState } from "../../commands";
import { INPUT_NODE, OUTPUT_NODE } from "../../model/graph";
import { TITLE } from "../../model/geometry";
import { wireUnder } from "./cutting";
import { flowEdges, flowNodes, groupPlace, type Drawn, type FlowEdge, type FlowNode } from "./flow";

/**
 * Nodes and wires as the canvas library holds them. While something is dragged only the library knows where it is;
 * one command writes where it was let go.
 */
export function useFlow(editor: Editor) {
  const [drawn] = useState<Drawn>(() => new Map());
  const wanted = useStore(editor.store, useShallow(useCallback((state: EditorState) => flowNodes(state, drawn), [drawn])));
  const wires = useStore(editor.store, useShallow(flowEdges));
  const [nodes, setNodes] = useState<FlowNode[]>(wanted);
  const [chosenWires, chooseWires] = useState<ReadonlySet<string>>(new Set());
  const edges = useMemo(() => (chosenWires.size === 0 ? wires : wires.map((edge) => (chosenWires.has(edge.id) ? { ...edge, selected: true } : edge))), [wires, chosenWires]);
  useEffect(() => setNodes((before) => merged(before, wanted)), [wanted]);

  const onNodesChange = useCallback((changes: NodeChange<FlowNode>[]) => {
    const selects = changes.filter((change) => change.type === "select");
    if (selects.length > 0) select(editor, selects);
    const rest = changes.filter((change) => change.type === "position" || change.type === "dimensions");
    if (rest.length > 0) setNodes((before) => applyNodeChanges(rest, before));
  }, [editor]);

  const onEdgesChange = useCallback((changes: EdgeChange<FlowEdge>[]) => {
    const selects = changes.filter((change) => change.type === "select");
    if (selects.length === 0) return;
    chooseWires((before) => {
      const next = new Set(before);
      for (const { id, selected } of selects) {
        if (selected) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  }, []);

  const cutChosen = useCallback(() => {
    editor.commands.disconnect([...chosenWires].map((id) => Number(id.slice(5))));
    chooseWires(new Set());
    return chosenWires.size > 0;
  }, [editor, chosenWires]);

  return { nodes, edges, onNodesChange, onEdgesChange, cutChosen, ...useDragging(editor, setNodes) };
}

const sources = new WeakMap<FlowNode, FlowNode>();

/** What is wanted, in the objects that the library knows already where nothing changed. */
function merged(before: readonly FlowNode[], wanted: readonly FlowNode[]): FlowNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  return wanted.map((node) => {
    const old = known.get(node.id);
    if (old === node || (old && sources.get(old) === node)) return old;
    const isSameSize = old?.measured && old.style?.width === node.style?.width && old.style?.minHeight === node.style?.minHeight;
    const next = isSameSize && old.measured ? { ...node, measured: old.measured } : { ...node };
    sources.set(next, node);
    return next;
  });
}

function select(editor: Editor, changes: readonly { id: string; selected: boolean }[]): void {
  const { selection } = editor.state();
  const next = new Set(selection);
  let group: number | null | undefined;
  for (const { id, selected } of changes) {
    const at = groupPlace(id);
    if (at !== null) group = selected ? at : group;
    else if (selected) next.add(id);
    else next.delete(id);
  }
  const isSame = next.size === selection.size && [...next].every((id) => selection.has(id));
  if (!isSame) editor.commands.select(next);
  if (group !== undefined) editor.core.store.setState({ group });
}

/** Dragging: groups take along what stands in them; a node that is let go on a wire goes into it. */
function useDragging(editor: Editor, setNodes: (change: (before: FlowNode[]) => FlowNode[]) => void) {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const carried = useRef<{ from: Map<string, { x: number; y: number }>; group: string; start: { x: number; y: number } } | null>(null);

  const onNodeDragStart: OnNodeDrag<FlowNode> = useCallback((event, node) => {
    const at = groupPlace(node.id);
    carried.current = null;
    if (at === null || event.ctrlKey) return;
    const members = new Set(editor.commands.membersOf(at));
    const from = new Map(flow.getNodes().filter((each) => members.has(each.id)).map((each) => [each.id, each.position]));
    carried.current = { from, group: node.id, start: { ...node.position } };
  }, [editor, flow]);

  const onNodeDrag: OnNodeDrag<FlowNode> = useCallback((_, node) => {
    const held = carried.current;
    if (held?.group !== node.id) return;
    const [dx, dy] = [node.position.x - held.start.x, node.position.y - held.start.y];
    setNodes((before) => before.map((each) => {
      const start = held.from.get(each.id);
      return start ? { ...each, position: { x: start.x + dx, y: start.y + dy } } : each;
    }));
  }, [setNodes]);

  const onNodeDragStop: OnNodeDrag<FlowNode> = useCallback((_, node, dragged) => {
    const moved = new Map(dragged.map((each) => [each.id, each.position]));
    const held = carried.current;
    carried.current = null;
    if (held?.group === node.id) for (const each of flow.getNodes()) if (held.from.has(each.id)) moved.set(each.id, each.position);
    commitMoves(editor, moved);
    const only = dragged.length === 1 && groupPlace(node.id) === null ? dragged[0] : undefined;
    const wire = only ? wireUnder(flow, flowEdges(editor.state()), only, (link) => editor.commands.fitsInto(only.id, link)) : null;
    if (only && wire !== null) editor.commands.insert(only.id, wire);
  }, [editor, flow]);

  return { onNodeDragStart, onNodeDrag, onNodeDragStop };
}

function commitMoves(editor: Editor, moved: ReadonlyMap<string, { x: number; y: number }>): void {
  const [nodes, groups] = [new Map<string, [number, number]>(), new Map<number, [number, number]>()];
  for (const [id, { x, y }] of moved) {
    const at = groupPlace(id);
    if (at !== null) groups.set(at, [x, y]);
    else if (id === INPUT_NODE || id === OUTPUT_NODE) editor.commands.movePorts(id === INPUT_NODE ? "inputNode" : "outputNode", [x, y]);
    else nodes.set(id, [x, y + (editor.core.node(id)?.type === "Reroute" ? 0 : TITLE)]);
  }
  if (nodes.size + groups.size > 0) editor.commands.move(nodes, groups);
}
