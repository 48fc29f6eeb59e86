import { useStore } from "@xyflow/react";
import { useText } from "../../i18n";
import { useSettings } from "../settings";
import { fit, zoomBy, zoomTo } from "./handle";
import { MapOfGraph } from "./MapOfGraph";

/** Minimap and zoom, in the lower right corner. */
export function CanvasTools() {
  const t = useText();
  const hasMap = useSettings((settings) => settings.minimap);
  const zoom = useStore((store) => Math.round(store.transform[2] * 100));
  return (
    <div className="canvas-tools">
      {hasMap && <MapOfGraph />}
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
