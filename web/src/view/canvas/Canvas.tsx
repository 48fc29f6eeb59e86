import { Background, ConnectionMode, ReactFlow, ReactFlowProvider, SelectionMode, useReactFlow, useStore, useStoreApi } from "@xyflow/react";
import { useDeferredValue, useEffect, useLayoutEffect, useMemo, useState } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { Editor } from "../../commands";
import { useText } from "../../i18n";
import type { RunState } from "../../model/run";
import { registerActions } from "../actions";
import { useSettings } from "../settings";
import { Breadcrumb } from "./Breadcrumb";
import { canvasActions } from "./canvasActions";
import { CanvasTools } from "./CanvasTools";
import { CanvasContext, FarContext } from "./context";
import { ContextMenu } from "./ContextMenu";
import { CutStroke } from "./CutStroke";
import { FarWires } from "./FarWires";
import type { FlowEdge, FlowNode } from "./flow";
import { GraphNode } from "./GraphNode";
import { GroupBox } from "./GroupBox";
import { showCanvas } from "./handle";
import { NoteNode } from "./NoteNode";
import { PortsNode } from "./PortsNode";
import { RerouteNode } from "./RerouteNode";
import { Search } from "./Search";
import { useClipboard } from "./useClipboard";
import { useFlow } from "./useFlow";
import { useHandlers } from "./useHandlers";
import { MAX_ZOOM, MIN_ZOOM, viewOf } from "./views";
import { Wire } from "./Wire";
import { WireInHand } from "./WireInHand";
import { WireMenu } from "./WireMenu";
import "./canvas.css";
import "./node.css";
import "./menus.css";

const NODE_TYPES = { graph: GraphNode, reroute: RerouteNode, note: NoteNode, box: GroupBox, ports: PortsNode };
const EDGE_TYPES = { wire: Wire };
const FAR = 0.45; // below this zoom nodes are their titles only
const TINY = 0.18; // below this zoom no title can be read
const NO_EDGES: FlowEdge[] = [];
const [SOME_BUTTONS, SEVERAL_KEYS] = [[0, 1], ["Shift", "Control", "Meta"]];

/** The graph of an open workflow. */
export function Canvas({ editor, run }: { editor: Editor; run: StoreApi<RunState> }) {
  const value = useMemo(() => ({ editor, run }), [editor, run]);
  const [area, setArea] = useState<HTMLDivElement | null>(null);
  return (
    <CanvasContext value={value}>
      <ReactFlowProvider>
        <div ref={setArea} className="canvas">{area && <Sheet editor={editor} area={area} />}</div>
        <Search />
        <WireMenu />
        <ContextMenu />
      </ReactFlowProvider>
    </CanvasContext>
  );
}

function Sheet({ editor, area }: { editor: Editor; area: HTMLDivElement }) {
  const t = useText();
  const [firstView] = useState(() => viewOf(editor, area));
  useMeasuring(area);
  const isFar = useDeferredValue(useStore((store) => (store.width === 0 ? firstView.zoom : store.transform[2]) < FAR));
  const isTiny = useStore((store) => store.transform[2] < TINY);
  const [snap, grid] = [useSettings((settings) => settings.snap), useSettings((settings) => settings.grid)];
  const snapGrid = useMemo((): [number, number] => [grid, grid], [grid]);
  const { cutChosen, edges, ...parts } = useFlow(editor);
  const handlers = useHandlers(editor, area);
  useClipboard(editor);
  useView(editor, area);
  useEffect(() => registerActions([...canvasActions, { id: "canvas.deleteWires", title: () => t("canvas.cutWire"), group: "edit", keys: ["Delete", "Backspace"], when: () => edges.some((edge) => edge.selected), run: cutChosen }]), [t, cutChosen, edges]);
  useLayoutEffect(() => {
    area.toggleAttribute("data-far", isFar);
    area.toggleAttribute("data-tiny", isTiny);
  }, [area, isFar, isTiny]);

  return (
    <FarContext value={isFar}>
      <ReactFlow<FlowNode, FlowEdge>
        {...parts}
        {...handlers}
        edges={isFar ? NO_EDGES : edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        defaultViewport={firstView}
        connectionLineComponent={WireInHand}
        connectionMode={ConnectionMode.Strict}
        connectionRadius={18}
        selectionMode={SelectionMode.Partial}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={SEVERAL_KEYS}
        deleteKeyCode={null}
        panActivationKeyCode="Space"
        panOnDrag={SOME_BUTTONS}
        zoomOnDoubleClick={false}
        minZoom={MIN_ZOOM}
        maxZoom={MAX_ZOOM}
        snapToGrid={snap}
        snapGrid={snapGrid}
        nodeDragThreshold={2}
        onlyRenderVisibleElements
        elevateNodesOnSelect
        disableKeyboardA11y
        proOptions={{ hideAttribution: true }}
        aria-label={t("canvas.label")}
      >
        {!isFar && <Background gap={24} size={1.4} color="var(--canvas-dot)" />}
        {isFar && <FarWires wires={edges} />}
        <CanvasTools />
      </ReactFlow>
      <CutStroke area={area} />
      <Breadcrumb />
    </FarContext>
  );
}

/**
 * From afar nodes have no sockets to be measured: what was measured, or reckoned, holds. The library would take them for
 * gone, and draw no wires.
 */
function useMeasuring(area: HTMLElement): void {
  const store = useStoreApi();
  useState(() => {
    const { updateNodeInternals } = store.getState();
    store.setState({ updateNodeInternals: (updates, params) => { if (!area.hasAttribute("data-far")) updateNodeInternals(updates, params); } });
  });
}

/** Others may ask this canvas; another graph of the workflow is shown as it was looked at last. */
function useView(editor: Editor, area: HTMLElement): void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  useEffect(() => showCanvas(flow, editor, area), [flow, editor, area]);
  useEffect(() => editor.store.subscribe((now, before) => {
    if (now.graphId !== before.graphId) requestAnimationFrame(() => void flow.setViewport(viewOf(editor, area)));
  }), [flow, editor, area]);
}
