import { useNodes, useReactFlow, useStoreApi, type ReactFlowState } from "@xyflow/react";
import { useEffect, useMemo, useRef, type PointerEvent, type WheelEvent } from "react";
import { useText } from "../../i18n";
import { around, type Box } from "../../model/geometry";
import { useEditor, useEditorState, shapeIn } from "./context";
import type { FlowEdge, FlowNode } from "./flow";
import { zoomBy } from "./handle";
import { categoryColour } from "./look";

const [WIDTH, HEIGHT] = [180, 120];
const MARGIN = 200;
const EMPTY: Box = { x: -MARGIN, y: -MARGIN, width: 2 * MARGIN, height: 2 * MARGIN };

/** The whole graph, small, with a frame around what is seen. A drag moves the view, the wheel zooms it. */
export function MapOfGraph() {
  const t = useText();
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const store = useStoreApi<FlowNode, FlowEdge>();
  const nodes = useNodes<FlowNode>();
  const shapes = useShapes(nodes);
  const picture = useRef<SVGSVGElement>(null);
  const frame = useRef<SVGPathElement>(null);
  const content = useMemo(() => around(nodes.map(boxOf), MARGIN) ?? EMPTY, [nodes]);

  // The frame follows the view without React: it moves with every picture of a pan. The map itself stays.
  useEffect(() => {
    const outside = rectangle({ x: content.x - content.width, y: content.y - content.height, width: 3 * content.width, height: 3 * content.height });
    const draw = ({ transform: [x, y, zoom], width, height }: ReactFlowState<FlowNode, FlowEdge>) => {
      frame.current?.setAttribute("d", outside + rectangle({ x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom }));
    };
    draw(store.getState());
    return store.subscribe((now, before) => {
      if (now.transform !== before.transform || now.width !== before.width || now.height !== before.height) draw(now);
    });
  }, [store, content]);

  function goTo({ clientX, clientY }: PointerEvent): void {
    const to = picture.current?.getScreenCTM()?.inverse();
    if (!to) return;
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(to);
    void flow.setCenter(x, y, { zoom: flow.getZoom() });
  }

  return (
    <svg
      ref={picture}
      className="minimap"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`${content.x} ${content.y} ${content.width} ${content.height}`}
      role="img"
      aria-label={t("canvas.map")}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); goTo(event); }}
      onPointerMove={(event) => { if (event.buttons === 1) goTo(event); }}
      onWheel={(event: WheelEvent) => zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2)}
    >
      {[...shapes].map(([colour, d]) => <path key={colour} d={d} fill={colour} />)}
      <path ref={frame} className="minimap-mask" fillRule="evenodd" />
    </svg>
  );
}

/** Colour -> the rectangles of all nodes of that colour, as one path. */
function useShapes(nodes: readonly FlowNode[]): Map<string, string> {
  const editor = useEditor();
  const catalogue = useEditorState((state) => state.catalogue);
  return useMemo(() => {
    const paths = new Map<string, string>();
    for (const node of nodes) {
      if (node.type === "box") continue;
      const shape = shapeIn({ ...editor.state(), catalogue }, node.id);
      const colour = editor.core.node(node.id)?.color ?? (shape ? categoryColour(shape.type.category) : "var(--category-other)");
      paths.set(colour, (paths.get(colour) ?? "") + rectangle(boxOf(node)));
    }
    return paths;
  }, [nodes, editor, catalogue]);
}

function boxOf({ position, measured, width, height }: FlowNode): Box {
  return { ...position, width: measured?.width ?? width ?? 0, height: measured?.height ?? height ?? 0 };
}

function rectangle({ x, y, width, height }: Box): string {
  return `M${x},${y}h${width}v${height}h${-width}z`;
}
