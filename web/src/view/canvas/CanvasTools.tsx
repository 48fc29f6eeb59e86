import { MiniMap, useStore } from "@xyflow/react";
import { useText } from "../../i18n";
import { useSettings } from "../settings";
import { useEditor } from "./context";
import { shapeIn } from "./context";
import type { FlowNode } from "./flow";
import { fit, zoomBy, zoomTo } from "./handle";
import { categoryColour } from "./look";

/** Minimap and zoom, in the lower right corner. */
export function CanvasTools() {
  const t = useText();
  const editor = useEditor();
  const hasMap = useSettings((settings) => settings.minimap);
  const zoom = useStore((store) => Math.round(store.transform[2] * 100));
  const colour = (node: FlowNode) => {
    if (node.type === "box") return "transparent";
    const shape = shapeIn(editor.state(), node.id);
    return shape ? categoryColour(shape.type.category) : "var(--category-other)";
  };
  return (
    <div className="canvas-tools">
      {hasMap && <MiniMap<FlowNode> pannable zoomable nodeColor={colour} nodeStrokeWidth={0} nodeBorderRadius={8} ariaLabel={t("canvas.map")} className="minimap" style={{ width: 180, height: 120 }} />}
      <div className="zoom" role="group" aria-label={t("canvas.zoom")}>
        <button type="button" aria-label={t("canvas.zoomOut")} onClick={() => zoomBy(1 / 1.25)}>−</button>
        <button type="button" className="zoom-value" title={t("canvas.zoomReset")} aria-label={t("canvas.zoomReset")} onClick={() => zoomTo(1)}>{zoom}%</button>
        <button type="button" aria-label={t("canvas.zoomIn")} onClick={() => zoomBy(1.25)}>+</button>
        <button type="button" title={t("canvas.fit")} aria-label={t("canvas.fit")} onClick={() => fit()}>
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" fill="none" stroke="currentColor" strokeWidth="1.5" /></svg>
        </button>
      </div>
    </div>
  );
}
