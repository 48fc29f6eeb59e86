import { applyNodeChanges, type EdgeChange, type NodeChange } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type { Editor, EditorState } from "../../commands";
import { useDragging } from "./dragging";
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
