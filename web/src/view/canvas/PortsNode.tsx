import { type NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useText } from "../../i18n";
import { definitionOf, INPUT_NODE } from "../../model/graph";
import { portShapes, type InputSocket, type OutputSocket } from "../../model/shape";
import { useEditor, useEditorState } from "./context";
import type { FlowNode } from "./flow";
import { InputHandle, OutputHandle } from "./Socket";

/** One end of a subgraph: its inputs, or its outputs, and a free socket that makes another. */
export const PortsNode = memo(function PortsNode({ id }: NodeProps<FlowNode>) {
  const t = useText();
  const isInput = id === INPUT_NODE;
  const definition = useEditorState((state) => definitionOf(state.document.root, state.graphId));
  if (!definition) return null;
  const shape = portShapes(definition)[isInput ? 0 : 1];
  const sockets: readonly (InputSocket | OutputSocket)[] = isInput ? shape.outputs : shape.inputs;
  return (
    <div className="ports">
      <div className="ports-title">{t(isInput ? "canvas.inputs" : "canvas.outputs")}</div>
      {sockets.map((socket, at) => (
        <div key={socket.slot} className={`socket-row port${isInput ? " out" : ""}`}>
          {!isInput && <InputHandle node={id} socket={socket as InputSocket} isFaulty={false} />}
          {socket.name === "+" ? <span className="socket-label muted">{t("canvas.newPort")}</span> : <PortName side={isInput ? "inputs" : "outputs"} at={at} label={socket.label} />}
          {isInput && <OutputHandle node={id} socket={socket as OutputSocket} />}
        </div>
      ))}
    </div>
  );
});

function PortName({ side, at, label }: { side: "inputs" | "outputs"; at: number; label: string }) {
  const t = useText();
  const { commands } = useEditor();
  return (
    <>
      <input className="port-name nodrag" aria-label={t("canvas.portName", { name: label })} value={label} onChange={(event) => commands.renamePort(side, at, event.target.value)} />
      <button type="button" className="port-remove nodrag" aria-label={t("canvas.removePort", { name: label })} onClick={() => commands.removePort(side, at)}>×</button>
    </>
  );
}
