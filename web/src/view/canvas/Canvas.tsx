import { Background, ConnectionMode, ReactFlow, ReactFlowProvider, SelectionMode, useReactFlow, useStore, type Connection, type EdgeMouseHandler, type NodeMouseHandler, type OnConnectStart } from "@xyflow/react";
import { useDeferredValue, useEffect, useMemo, useRef, type DragEvent, type MouseEvent } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { Editor } from "../../commands";
import { useText } from "../../i18n";
import type { RunState } from "../../model/run";
import { registerActions } from "../actions";
import { useSettings } from "../settings";
import { Breadcrumb } from "./Breadcrumb";
import { canvasActions } from "./canvasActions";
import { CanvasTools } from "./CanvasTools";
import { endConnecting, endsOf, refusalText, startConnecting } from "./connecting";
import { CanvasContext, FarContext } from "./context";
import { ContextMenu } from "./ContextMenu";
import { CutStroke } from "./CutStroke";
import { groupPlace, type FlowEdge, type FlowNode } from "./flow";
import { GraphNode } from "./GraphNode";
import { GroupBox } from "./GroupBox";
import { fit, showCanvas } from "./handle";
import { openMenu } from "./menu";
import { NoteNode } from "./NoteNode";
import { PortsNode } from "./PortsNode";
import { RerouteNode } from "./RerouteNode";
import { Search } from "./Search";
import { openSearch } from "./searching";
import { useClipboard } from "./useClipboard";
import { useFlow } from "./useFlow";
import { Wire } from "./Wire";
import { WireInHand } from "./WireInHand";
import { WireMenu } from "./WireMenu";
import { notify } from "../notify";
import "./canvas.css";
import "./node.css";
import "./menus.css";

const NODE_TYPES = { graph: GraphNode, reroute: RerouteNode, note: NoteNode, box: GroupBox, ports: PortsNode };
const EDGE_TYPES = { wire: Wire };
const FAR = 0.45;
export const NODE_DATA = "application/x-graphcore-node";

/** The graph of an open workflow. */
export function Canvas({ editor, run }: { editor: Editor; run: StoreApi<RunState> }) {
  const value = useMemo(() => ({ editor, run }), [editor, run]);
  return (
    <CanvasContext value={value}>
      <ReactFlowProvider>
        <Sheet editor={editor} />
        <Search />
        <WireMenu />
        <ContextMenu />
      </ReactFlowProvider>
    </CanvasContext>
  );
}

function Sheet({ editor }: { editor: Editor }) {
  const t = useText();
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const area = useRef<HTMLDivElement>(null);
  const isFar = useDeferredValue(useStore((store) => store.transform[2] < FAR));
  const [snap, grid] = [useSettings((settings) => settings.snap), useSettings((settings) => settings.grid)];
  const { cutChosen, setNodes: _set, ...parts } = useFlow(editor);
  useClipboard(editor);
  useView(editor, area);
  useEffect(() => registerActions([...canvasActions, { id: "canvas.deleteWires", title: () => t("canvas.cutWire"), group: "edit", keys: ["Delete", "Backspace"], when: () => parts.edges.some((edge) => edge.selected), run: cutChosen }]), [t, cutChosen, parts.edges]);

  const onConnect = (connection: Connection) => report(editor.commands.connect(endsOf(connection)));
  const onReconnect = (edge: FlowEdge, connection: Connection) => report(editor.commands.connect(endsOf(connection), edge.data?.link ?? null));
  const isValid = (connection: Connection | FlowEdge) => editor.commands.refusal(endsOf(connection)) === null;
  const onConnectStart: OnConnectStart = (_, params) => startConnecting(editor, params);
  const onEdgeClick: EdgeMouseHandler<FlowEdge> = (event, edge) => event.altKey && edge.data && editor.commands.disconnect([edge.data.link]);
  const onEdgeDoubleClick: EdgeMouseHandler<FlowEdge> = (event, edge) => {
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    if (edge.data) editor.commands.reroute(edge.data.link, [at.x, at.y]);
  };
  const onNodeContextMenu: NodeMouseHandler<FlowNode> = (event, node) => {
    event.preventDefault();
    const at = groupPlace(node.id);
    if (at === null && !editor.state().selection.has(node.id)) editor.commands.select([node.id]);
    openMenu({ x: event.clientX, y: event.clientY, target: at === null ? { kind: "node", id: node.id } : { kind: "group", at } });
  };
  const onPaneDoubleClick = (event: MouseEvent) => {
    if ((event.target as Element).classList.contains("react-flow__pane")) openSearch({ x: event.clientX, y: event.clientY, joint: null });
  };
  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(NODE_DATA);
    if (type === "") return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    editor.commands.add(type, [at.x, at.y + 15]);
  };

  return (
    <FarContext value={isFar}>
      <div ref={area} className="canvas" data-far={isFar ? "" : undefined} onDoubleClick={onPaneDoubleClick} onDrop={onDrop} onDragOver={(event) => event.dataTransfer.types.includes(NODE_DATA) && event.preventDefault()}>
        <ReactFlow<FlowNode, FlowEdge>
          {...parts}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onConnect={onConnect}
          onReconnect={onReconnect}
          isValidConnection={isValid}
          onConnectStart={onConnectStart}
          onConnectEnd={(event, state) => endConnecting(editor, event, state)}
          onEdgeClick={onEdgeClick}
          onEdgeDoubleClick={onEdgeDoubleClick}
          onNodeContextMenu={onNodeContextMenu}
          onEdgeContextMenu={(event, edge) => { event.preventDefault(); if (edge.data) openMenu({ x: event.clientX, y: event.clientY, target: { kind: "wire", link: edge.data.link } }); }}
          onPaneContextMenu={(event) => { event.preventDefault(); openMenu({ x: event.clientX, y: event.clientY, target: { kind: "canvas" } }); }}
          onPaneClick={() => editor.commands.select([])}
          connectionLineComponent={WireInHand}
          connectionMode={ConnectionMode.Strict}
          connectionRadius={18}
          selectionMode={SelectionMode.Partial}
          selectionKeyCode="Shift"
          multiSelectionKeyCode={["Shift", "Control", "Meta"]}
          deleteKeyCode={null}
          panActivationKeyCode="Space"
          panOnDrag={[0, 1]}
          zoomOnDoubleClick={false}
          minZoom={0.05}
          maxZoom={4}
          snapToGrid={snap}
          snapGrid={[grid, grid]}
          nodeDragThreshold={2}
          onlyRenderVisibleElements
          elevateNodesOnSelect
          disableKeyboardA11y
          proOptions={{ hideAttribution: true }}
          aria-label={t("canvas.label")}
        >
          <Background gap={24} size={1.4} color="var(--canvas-dot)" />
          <CanvasTools />
        </ReactFlow>
        <CutStroke area={area} />
        <Breadcrumb />
      </div>
    </FarContext>
  );
}

function report(refused: ReturnType<Editor["commands"]["connect"]>): void {
  if (refused) notify({ kind: "bad", text: refusalText(refused) });
}

/** Shows the whole graph when a workflow, or a subgraph, is opened; others may ask this canvas. */
function useView(editor: Editor, area: React.RefObject<HTMLDivElement | null>): void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  useEffect(() => (area.current ? showCanvas(flow, editor, area.current) : undefined), [flow, editor, area]);
  useEffect(() => {
    const first = requestAnimationFrame(() => fit());
    const stop = editor.store.subscribe((now, before) => {
      if (now.graphId !== before.graphId) requestAnimationFrame(() => fit());
    });
    return () => {
      cancelAnimationFrame(first);
      stop();
    };
  }, [editor]);
}
