/** Nodes in the hand: groups take along what stands in them; a node that is let go on a wire goes into it. */

import { useReactFlow, type OnNodeDrag, type ReactFlowInstance } from "@xyflow/react";
import { useCallback, useRef } from "react";
import type { Editor } from "../../commands";
import type { Doing } from "../../commands/core";
import { INPUT_NODE, OUTPUT_NODE } from "../../model/graph";
import { TITLE } from "../../model/geometry";
import { wireUnder } from "./cutting";
import { flowEdges, groupPlace, type FlowEdge, type FlowNode } from "./flow";

type Flow = ReactFlowInstance<FlowNode, FlowEdge>;

export function useDragging(editor: Editor, setNodes: (change: (before: FlowNode[]) => FlowNode[]) => void) {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const lit = useRef<Element | null>(null);
  const carried = useRef<{ from: Map<string, { x: number; y: number }>; group: string; start: { x: number; y: number } } | null>(null);

  const onNodeDragStart: OnNodeDrag<FlowNode> = useCallback((event, node) => {
    const at = groupPlace(node.id);
    carried.current = null;
    if (at === null || event.ctrlKey) return;
    const members = new Set(editor.commands.membersOf(at));
    const from = new Map(flow.getNodes().filter((each) => members.has(each.id)).map((each) => [each.id, each.position]));
    carried.current = { from, group: node.id, start: { ...node.position } };
  }, [editor, flow]);

  const onNodeDrag: OnNodeDrag<FlowNode> = useCallback((_, node, dragged) => {
    light(lit, wireFor(editor, flow, dragged));
    const held = carried.current;
    if (held?.group !== node.id) return;
    const [dx, dy] = [node.position.x - held.start.x, node.position.y - held.start.y];
    setNodes((before) => before.map((each) => {
      const start = held.from.get(each.id);
      return start ? { ...each, position: { x: start.x + dx, y: start.y + dy } } : each;
    }));
  }, [editor, flow, setNodes]);

  const onNodeDragStop: OnNodeDrag<FlowNode> = useCallback((_, node, dragged) => {
    const moved = new Map(dragged.map((each) => [each.id, each.position]));
    const held = carried.current;
    carried.current = null;
    if (held?.group === node.id) for (const each of flow.getNodes()) if (held.from.has(each.id)) moved.set(each.id, each.position);
    light(lit, null);
    const wire = wireFor(editor, flow, dragged);
    const doing: Doing = wire === null ? {} : { key: `drop ${Date.now()}` }; // the move and the wires are undone together
    commitMoves(editor, moved, doing);
    if (wire !== null) editor.commands.insert(dragged[0]?.id ?? "", wire, doing);
  }, [editor, flow]);

  return { onNodeDragStart, onNodeDrag, onNodeDragStop };
}

/** The wire that takes in what is dragged, if it is let go now: one node, and a wire under it that it fits into. */
function wireFor(editor: Editor, flow: Flow, dragged: readonly FlowNode[]): number | null {
  const [node] = dragged;
  if (!node || dragged.length > 1 || groupPlace(node.id) !== null) return null;
  return wireUnder(flow, flowEdges(editor.state()), node, (link) => editor.commands.fitsInto(node.id, link));
}

/** Has one wire show that it is meant. Beside React: it may change with every step of the pointer. */
function light(lit: { current: Element | null }, wire: number | null): void {
  const next = wire === null ? null : document.querySelector(`.react-flow__edge[data-id="wire:${wire}"]`);
  if (next === lit.current) return;
  lit.current?.removeAttribute("data-taking");
  next?.setAttribute("data-taking", "");
  lit.current = next;
}

function commitMoves(editor: Editor, moved: ReadonlyMap<string, { x: number; y: number }>, doing: Doing): void {
  const [nodes, groups] = [new Map<string, [number, number]>(), new Map<number, [number, number]>()];
  for (const [id, { x, y }] of moved) {
    const at = groupPlace(id);
    if (at !== null) groups.set(at, [x, y]);
    else if (id === INPUT_NODE || id === OUTPUT_NODE) editor.commands.movePorts(id === INPUT_NODE ? "inputNode" : "outputNode", [x, y]);
    else nodes.set(id, [x, y + (editor.core.node(id)?.type === "Reroute" ? 0 : TITLE)]);
  }
  if (nodes.size + groups.size > 0) editor.commands.move(nodes, groups, doing);
}
