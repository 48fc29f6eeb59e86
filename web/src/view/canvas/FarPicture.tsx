import { useStoreApi } from "@xyflow/react";
import { useContext, useEffect, useRef } from "react";
import { useText } from "../../i18n";
import { graphOf } from "../../model/graph";
import { useCanvas, useEditorState } from "./context";
import { DetailContext, useDetail } from "./detail";
import type { FlowEdge, FlowNode } from "./flow";
import { Paint } from "./paint";
import { drawPicture, isSameGraph } from "./picture";

/** What is not drawn in full, as one picture: as parts of the page, thousands of nodes and wires would be too many. */
export function FarPicture() {
  const { editor, run } = useCanvas();
  const detail = useContext(DetailContext);
  const store = useStoreApi<FlowNode, FlowEdge>();
  const element = useRef<HTMLCanvasElement>(null);
  const t = useText();
  const count = useEditorState((state) => graphOf(state.document.root, state.graphId).nodes.length);
  const isFar = useDetail(detail, "isFar");

  useEffect(() => {
    const context = element.current?.getContext("2d");
    if (!element.current || !context) return;
    const paint = new Paint(element.current, context);
    let [frame, isBlank] = [0, true];
    const draw = () => {
      frame = 0;
      const { transform: [x, y, zoom], width, height, nodeLookup } = store.getState();
      const isEmpty = detail.isNear && detail.isSettled && detail.wires === 1;
      if (isEmpty && !isBlank) paint.clear();
      if (!isEmpty) drawPicture(paint, { x, y, zoom, width, height }, { editor, run, nodes: nodeLookup, full: detail.full, hasWires: detail.wires < 1, hasGroups: !detail.isNear });
      isBlank = isEmpty;
    };
    const soon = () => {
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    const recoloured = () => {
      paint.forget();
      soon();
    };
    soon();
    const theme = new MutationObserver(recoloured);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const ends = [
      () => cancelAnimationFrame(frame),
      () => theme.disconnect(),
      detail.listen(soon),
      run.subscribe(soon),
      editor.store.subscribe((now, before) => { if (!isSameGraph(now, before)) soon(); }),
      store.subscribe((now, before) => {
        if (now.transform !== before.transform || now.nodes !== before.nodes || now.width !== before.width || now.height !== before.height) soon();
      }),
    ];
    return () => ends.forEach((end) => end());
  }, [detail, editor, run, store]);

  return <canvas ref={element} className="far-picture" role="img" aria-hidden={!isFar} aria-label={t("canvas.fromAfar", { count })} />;
}
