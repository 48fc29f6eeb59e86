import { Background, ConnectionMode, ReactFlow, ReactFlowProvider, SelectionMode, useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect, useMemo, useState } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { Editor } from "../../commands";
import { useText } from "../../i18n";
import type { RunState } from "../../model/run";
import { registerActions } from "../actions";
import { useSettings } from "../settings";
import { Breadcrumb } from "./Breadcrumb";
import { canvasActions } from "./canvasActions";
import { CanvasTools } from "./CanvasTools";
import { CanvasContext } from "./context";
import { ContextMenu } from "./ContextMenu";
import { CutStroke } from "./CutStroke";
import { Detail, DetailContext, useDetail } from "./detail";
import { useFarNodes } from "./farNodes";
import { FarPicture } from "./FarPicture";
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
import "./results.css";
import "./ports.css";
import "./note.css";
import "./menus.css";

const NODE_TYPES = { graph: GraphNode, reroute: RerouteNode, note: NoteNode, box: GroupBox, ports: PortsNode };
const EDGE_TYPES = { wire: Wire };
const [FAR, FAR_OF_FEW, FEW] = [0.5, 0.2, 80]; // below this zoom nodes are their titles only; of few nodes more can be shown
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
  const [detail] = useState(() => new Detail(firstView.zoom >= farOf(editor)));
  const wires = useDetail(detail, "wires");
  const [snap, grid] = [useSettings((settings) => settings.snap), useSettings((settings) => settings.grid)];
  const snapGrid = useMemo((): [number, number] => [grid, grid], [grid]);
  const { cutChosen, edges, nodes, ...parts } = useFlow(editor);
  const inPage = useFarNodes(nodes, detail, editor, area);
  const someEdges = useMemo(() => (wires === 0 ? NO_EDGES : wires === 1 ? edges : edges.slice(0, wires * edges.length)), [edges, wires]);
  useDistance(detail, editor, area);
  useMeasuring(detail);
  const handlers = useHandlers(editor, area);
  useClipboard(editor);
  useView(editor, area);
  useEffect(() => registerActions([...canvasActions, { id: "canvas.deleteWires", title: () => t("canvas.cutWire"), group: "edit", keys: ["Delete", "Backspace"], when: () => edges.some((edge) => edge.selected), run: cutChosen }]), [t, cutChosen, edges]);

  return (
    <DetailContext value={detail}>
      <ReactFlow<FlowNode, FlowEdge>
        {...parts}
        nodes={inPage}
        {...handlers}
        edges={someEdges}
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
        {wires === 1 && <Background gap={24} size={1.4} color="var(--canvas-dot)" />}
        <FarPicture />
        <CanvasTools />
      </ReactFlow>
      <CutStroke area={area} />
      <Breadcrumb />
    </DetailContext>
  );
}

/** Tells how near the view is. */
function useDistance(detail: Detail, editor: Editor, area: HTMLElement): void {
  const store = useStoreApi();
  useEffect(() => {
    const look = () => {
      const { width, transform: [, , zoom] } = store.getState();
      if (width > 0) detail.want(zoom >= farOf(editor));
      area.toggleAttribute("data-far", !detail.isNear);
    };
    look();
    return store.subscribe(look);
  }, [detail, editor, store, area]);
}

function farOf(editor: Editor): number {
  return editor.core.graph.nodes.length > FEW ? FAR : FAR_OF_FEW;
}

/** A node that is not drawn in full has no sockets to be measured: what was measured before, or reckoned, holds. */
function useMeasuring(detail: Detail): void {
  const store = useStoreApi();
  useState(() => {
    const { updateNodeInternals } = store.getState();
    store.setState({
      updateNodeInternals: (updates, params) => {
        const full = new Map([...updates].filter(([id]) => detail.full.has(id) || store.getState().nodeLookup.get(id)?.type !== "graph"));
        if (full.size > 0) updateNodeInternals(full, params);
      },
    });
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
