/** Nodes seen from afar: only what is at hand is a part of the page, so that it can be dragged, clicked and read out. */

import { useStoreApi } from "@xyflow/react";
import { useEffect, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import type { Editor } from "../../commands";
import { nodeBox } from "../../commands/groups";
import type { Box } from "../../model/geometry";
import { useDetail, type Detail } from "./detail";
import type { FlowEdge, FlowNode } from "./flow";

const FEW = 20; // selected nodes that are parts of the page

const hidden = new WeakMap<FlowNode, FlowNode>();

function asHidden(node: FlowNode): FlowNode {
  let other = hidden.get(node);
  if (!other) hidden.set(node, (other = { ...node, hidden: true }));
  return other;
}

/** The nodes for the canvas library; from afar hidden, but for the one under the pointer and a few selected ones. */
export function useFarNodes(nodes: FlowNode[], detail: Detail, editor: Editor, area: HTMLElement): FlowNode[] {
  const isFar = useDetail(detail, "isFar");
  const pointed = usePointed(isFar, editor, area);
  useBoxSelection(isFar, editor);
  return useMemo(() => {
    if (!isFar) return nodes;
    const isFew = nodes.filter((node) => node.selected).length <= FEW;
    return nodes.map((node) => (node.type !== "graph" || node.id === pointed || (node.selected && isFew) ? node : asHidden(node)));
  }, [nodes, isFar, pointed]);
}

/** The node under a point of the screen; of several the one that is drawn last. */
export function nodeAt(editor: Editor, point: { x: number; y: number }): string | null {
  const isAt = ({ x, y, width, height }: Box) => point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
  const found = editor.core.graph.nodes.findLast((node) => isAt(nodeBox(editor.core, String(node.id))));
  return found ? String(found.id) : null;
}

function usePointed(isFar: boolean, editor: Editor, area: HTMLElement): string | null {
  const store = useStoreApi<FlowNode, FlowEdge>();
  const [pointed, point] = useState<string | null>(null);
  useEffect(() => {
    if (!isFar) return;
    const move = ({ clientX, clientY, buttons }: PointerEvent) => {
      if (buttons !== 0) return;
      const { left, top } = area.getBoundingClientRect();
      const [x, y, zoom] = store.getState().transform;
      const id = nodeAt(editor, { x: (clientX - left - x) / zoom, y: (clientY - top - y) / zoom });
      flushSync(() => point(id)); // it has to be there when the button goes down
    };
    area.addEventListener("pointermove", move);
    return () => area.removeEventListener("pointermove", move);
  }, [isFar, editor, area, store]);
  return pointed;
}

/** A box that is drawn around nodes selects them: the library leaves out what is hidden. */
function useBoxSelection(isFar: boolean, editor: Editor): void {
  const store = useStoreApi<FlowNode, FlowEdge>();
  useEffect(() => {
    if (!isFar) return;
    return store.subscribe(({ userSelectionRect }, { userSelectionRect: last, transform: [x, y, zoom] }) => {
      if (!last || userSelectionRect) return;
      const box = { x: (last.x - x) / zoom, y: (last.y - y) / zoom, width: last.width / zoom, height: last.height / zoom };
      const isInside = (other: Box) => other.x < box.x + box.width && other.x + other.width > box.x && other.y < box.y + box.height && other.y + other.height > box.y;
      editor.commands.select(editor.core.graph.nodes.map((node) => String(node.id)).filter((id) => isInside(nodeBox(editor.core, id))));
    });
  }, [isFar, editor, store]);
}
