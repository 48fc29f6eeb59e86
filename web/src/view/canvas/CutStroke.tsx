import { useReactFlow } from "@xyflow/react";
import { useEffect, useState } from "react";
import { useEditor } from "./context";
import { wiresAcross } from "./cutting";
import { flowEdges, type FlowEdge, type FlowNode } from "./flow";

interface Line {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/** Ctrl and a drag across the empty canvas cut every wire under the stroke. */
export function CutStroke({ area }: { area: HTMLElement }) {
  const editor = useEditor();
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const [line, setLine] = useState<Line | null>(null);

  useEffect(() => {
    const begin = (event: PointerEvent) => {
      const target = event.target as Element;
      if (event.button !== 0 || !(event.ctrlKey || event.metaKey) || !target.classList.contains("react-flow__pane")) return;
      event.stopPropagation();
      event.preventDefault();
      const from = { x: event.clientX, y: event.clientY };
      const move = (now: PointerEvent) => setLine({ x1: from.x, y1: from.y, x2: now.clientX, y2: now.clientY });
      const end = (now: PointerEvent) => {
        window.removeEventListener("pointermove", move);
        setLine(null);
        editor.commands.disconnect(wiresAcross(flow, flowEdges(editor.state()), flow.screenToFlowPosition(from), flow.screenToFlowPosition({ x: now.clientX, y: now.clientY })));
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", end, { once: true });
    };
    area.addEventListener("pointerdown", begin, true);
    return () => area.removeEventListener("pointerdown", begin, true);
  }, [area, editor, flow]);

  if (!line) return null;
  return <svg className="cut-stroke" aria-hidden="true"><line {...line} /></svg>;
}
