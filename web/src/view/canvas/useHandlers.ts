import { useReactFlow, type Connection, type EdgeMouseHandler, type NodeMouseHandler, type OnConnectEnd, type OnConnectStart, type OnMove } from "@xyflow/react";
import { useMemo, type DragEvent, type MouseEvent as ReactMouseEvent } from "react";
import type { Editor } from "../../commands";
import { addLoader, addNode } from "../going";
import { MODEL_DATA, type ModelName } from "../models";
import { notify } from "../notify";
import { endConnecting, endsOf, refusalText, startConnecting } from "./connecting";
import { nodeAt } from "./farNodes";
import { groupPlace, type FlowEdge, type FlowNode } from "./flow";
import { openMenu } from "./menu";
import { openSearch } from "./searching";
import { rememberView } from "./views";

const NODE_DATA = "application/x-graphcore-node";

const REST = 250; // ms after the last turn of the wheel: drawing all sharp between two turns would make both late

/** What wires, clicks, menus and moves of the view do. The same functions each time: the library compares them. */
export function useHandlers(editor: Editor, area: HTMLElement) {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  return useMemo(() => {
    const at = ({ clientX, clientY }: MouseEvent | ReactMouseEvent) => flow.screenToFlowPosition({ x: clientX, y: clientY });
    const onConnectStart: OnConnectStart = (_, params) => startConnecting(editor, params);
    const onConnectEnd: OnConnectEnd = (event, state) => endConnecting(editor, event, state);
    const onEdgeClick: EdgeMouseHandler<FlowEdge> = (event, edge) => event.altKey && edge.data && editor.commands.disconnect([edge.data.link]);
    const onEdgeDoubleClick: EdgeMouseHandler<FlowEdge> = (event, edge) => {
      const { x, y } = at(event);
      if (edge.data) editor.commands.reroute(edge.data.link, [x, y]);
    };
    const onEdgeContextMenu: EdgeMouseHandler<FlowEdge> = (event, edge) => {
      event.preventDefault();
      if (edge.data) openMenu({ x: event.clientX, y: event.clientY, target: { kind: "wire", link: edge.data.link } });
    };
    const onNodeContextMenu: NodeMouseHandler<FlowNode> = (event, node) => {
      event.preventDefault();
      const group = groupPlace(node.id);
      if (group === null && !editor.state().selection.has(node.id)) editor.commands.select([node.id]);
      openMenu({ x: event.clientX, y: event.clientY, target: group === null ? { kind: "node", id: node.id } : { kind: "group", at: group } });
    };
    // While the view moves, the graph is a picture of its own that is moved as a whole; when it rests, it is drawn sharp.
    let rest: ReturnType<typeof setTimeout> | undefined;
    const onMove: OnMove = () => {
      clearTimeout(rest);
      area.setAttribute("data-moving", "");
    };
    const onMoveEnd: OnMove = (_, view) => {
      clearTimeout(rest);
      rest = setTimeout(() => area.removeAttribute("data-moving"), REST);
      rememberView(editor, editor.state().graphId, view);
    };
    return {
      onConnect: (connection: Connection) => report(editor.commands.connect(endsOf(connection))),
      onReconnect: (edge: FlowEdge, connection: Connection) => report(editor.commands.connect(endsOf(connection), edge.data?.link ?? null)),
      isValidConnection: (connection: Connection | FlowEdge) => editor.commands.refusal(endsOf(connection)) === null,
      onPaneContextMenu: (event: MouseEvent | ReactMouseEvent) => {
        event.preventDefault();
        openMenu({ x: event.clientX, y: event.clientY, target: { kind: "canvas" } });
      },
      // A finger points at nothing before it is down: what it taps from afar is selected here.
      onPaneClick: (event: ReactMouseEvent) => {
        const id = area.hasAttribute("data-far") ? nodeAt(editor, at(event)) : null;
        editor.commands.select(id === null ? [] : [id]);
      },
      ...searchAndDrop(at),
      onConnectStart, onConnectEnd, onEdgeClick, onEdgeDoubleClick, onEdgeContextMenu, onNodeContextMenu, onMove, onMoveEnd,
    };
  }, [editor, flow, area]);
}

/** A double click on nothing searches for a node; a node, or a model, that is dropped from its list is added there, unless a widget took it. */
function searchAndDrop(at: (event: ReactMouseEvent) => { x: number; y: number }) {
  return {
    onDoubleClick: (event: ReactMouseEvent) => {
      if ((event.target as Element).classList.contains("react-flow__pane")) openSearch({ x: event.clientX, y: event.clientY, joint: null });
    },
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.some((type) => type === NODE_DATA || type === MODEL_DATA)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      const [type, model] = [NODE_DATA, MODEL_DATA].map((kind) => event.dataTransfer.getData(kind));
      if (event.defaultPrevented || (!type && !model)) return;
      event.preventDefault();
      const { x, y } = at(event);
      if (type) addNode(type, [x, y + 15]);
      else if (model) addLoader(JSON.parse(model) as ModelName, [x, y + 15]);
    },
  };
}

function report(refused: ReturnType<Editor["commands"]["connect"]>): void {
  if (refused) notify({ kind: "bad", text: refusalText(refused) });
}
