import { useUpdateNodeInternals, type NodeProps } from "@xyflow/react";
import { memo, useEffect, useRef, type CSSProperties } from "react";
import { useText } from "../../i18n";
import { TITLE } from "../../model/geometry";
import type { Shape } from "../../model/shape";
import { AddedWidgets } from "../widgets/AddedWidgets";
import { WidgetRow } from "../widgets/WidgetRow";
import { rowsOf } from "../../model/geometry";
import { useNodeJson, useNodePhase, useNodeRun, useShape } from "./context";
import { useIsFull } from "./detail";
import { categoryColour } from "./look";
import { NodeFailures } from "./NodeFailures";
import { NodeResult } from "./NodeResult";
import { NodeTitle } from "./NodeTitle";
import { isInRow, socketPlaces } from "./places";
import { Placeholder } from "./Placeholder";
import { ResizeCorner } from "./ResizeCorner";
import { BareSockets, InputHandle, OutputHandle } from "./Socket";
import type { FlowNode } from "./flow";

/** A node. From far away it is a place in the page only; the picture of all shows its title and colour. */
export const GraphNode = memo(function GraphNode({ id, selected }: NodeProps<FlowNode>) {
  return useIsFull(id) ? <FullNode id={id} isSelected={selected} /> : null;
});

function FullNode({ id, isSelected }: { id: string; isSelected: boolean }) {
  const shape = useShape(id);
  const phase = useNodePhase(id);
  const node = useNodeJson(id);
  useSocketPlaces(id, shape);
  if (!shape || !node) return null;
  const style = { "--category": node.color ?? categoryColour(shape.type.category), ...(node.bgcolor ? { "--node-body": node.bgcolor } : {}) } as CSSProperties;
  return (
    <div
      className="node"
      style={style}
      data-selected={isSelected ? "" : undefined}
      data-phase={phase ?? undefined}
      data-kind={shape.kind}
      data-muted={shape.isMuted ? "" : undefined}
      data-bypassed={shape.isBypassed ? "" : undefined}
      data-tinted={node.color !== undefined ? "" : undefined}
    >
      {shape.isCollapsed ? <CollapsedNode shape={shape} /> : <NearNode shape={shape} />}
    </div>
  );
}

/** Has wires look again where sockets are, when a node's sockets or size change. */
function useSocketPlaces(id: string, shape: Shape | undefined): void {
  const update = useUpdateNodeInternals();
  const sockets = shape ? `${shape.inputs.map((input) => input.name).join()};${shape.outputs.length};${shape.isCollapsed}` : "";
  const seen = useRef(sockets);
  useEffect(() => {
    if (seen.current === sockets) return; // what is drawn first was known before: asking for each of many nodes would cost their square
    seen.current = sockets;
    update(id);
  }, [id, sockets, update]);
}

function CollapsedNode({ shape }: { shape: Shape }) {
  const { inputs, outputs } = socketPlaces(shape, 0);
  return (
    <>
      <NodeTitle shape={shape} />
      <BareSockets node={shape.id} inputs={inputs} outputs={outputs} top={TITLE} />
    </>
  );
}

function NearNode({ shape }: { shape: Shape }) {
  const run = useNodeRun(shape.id);
  const faulty = new Set(run?.failures.map((failure) => failure.input));
  const plain = shape.inputs.filter((input) => !isInRow(shape, input));
  const t = useText();
  return (
    <>
      <NodeTitle shape={shape} />
      <div className="node-body">
        {(plain.length > 0 || shape.outputs.length > 0) && (
          <div className="sockets">
            <div>
              {plain.map((socket) => (
                <div key={socket.name} className="socket-row">
                  <InputHandle node={shape.id} socket={socket} isFaulty={faulty.has(socket.name)} />
                  <span className="socket-label">{socket.label}</span>
                </div>
              ))}
            </div>
            <div>
              {shape.outputs.map((socket) => (
                <div key={socket.slot} className="socket-row out">
                  <span className="socket-label">{socket.label}</span>
                  <OutputHandle node={shape.id} socket={socket} />
                </div>
              ))}
            </div>
          </div>
        )}
        {rowsOf(shape.type).map((widget) => (
          <WidgetRow key={widget.name} node={shape.id} shape={shape} widget={widget} isFaulty={faulty.has(widget.name)} />
        ))}
        <AddedWidgets id={shape.id} />
        {(shape.kind === "missing" || shape.kind === "older") && <Placeholder id={shape.id} isOlder={shape.kind === "older"} />}
        {shape.kind === "primitive" && shape.widgets.length === 0 && <p className="node-hint">{t("canvas.primitiveHint")}</p>}
        <NodeResult id={shape.id} run={run} />
        <ResizeCorner id={shape.id} />
      </div>
      <NodeFailures run={run} />
    </>
  );
}
