import { useRef, type PointerEvent } from "react";
import { useReactFlow } from "@xyflow/react";
import { pair } from "../../model/graph";
import { minimumSize } from "../../model/geometry";
import { useEditor } from "./context";

/** The lower right corner, which changes a node's size. */
export function ResizeCorner({ id }: { id: string }) {
  const editor = useEditor();
  const flow = useReactFlow();
  const start = useRef<{ x: number; y: number; width: number; height: number; element: HTMLElement } | null>(null);

  function sizeAt(event: PointerEvent): [number, number] {
    const from = start.current;
    const zoom = flow.getZoom();
    const shape = editor.core.shape(id);
    const [width, height] = shape ? minimumSize(shape.type) : [140, 40];
    if (!from) return [width, height];
    return [Math.max(Math.min(width, 140), from.width + (event.clientX - from.x) / zoom), Math.max(height, from.height + (event.clientY - from.y) / zoom)];
  }

  return (
    <span
      className="resize nodrag"
      onPointerDown={(event) => {
        const element = event.currentTarget.closest<HTMLElement>(".react-flow__node");
        const [width, height] = pair(editor.core.node(id)?.size, [0, 0]);
        if (!element) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, y: event.clientY, width: Math.max(width, element.offsetWidth), height: Math.max(height, element.offsetHeight - 30), element };
      }}
      onPointerMove={(event) => {
        if (!start.current) return;
        const [width, height] = sizeAt(event);
        flow.updateNode(id, { style: { width, minHeight: height + 30 } });
      }}
      onPointerUp={(event) => {
        if (start.current) editor.commands.resize(id, sizeAt(event));
        start.current = null;
      }}
    />
  );
}
