import { Handle, Position } from "@xyflow/react";
import { memo, type CSSProperties } from "react";
import type { InputSocket, OutputSocket } from "../../model/shape";
import { fits, typeLabel } from "../../model/types";
import { useConnecting } from "./connecting";
import { inputHandle, outputHandle } from "./flow";
import { typeColour } from "./look";

/** How a socket stands to the wire in the hand. */
function useFit(node: string, type: string, side: "input" | "output"): "fit" | "no" | undefined {
  return useConnecting(({ joint, barred }) => {
    if (!joint) return undefined;
    const wanted = joint.from === "output" ? "input" : "output";
    if (side !== wanted) return joint.node === node ? undefined : "no";
    if (barred.has(node)) return "no";
    return (side === "input" ? fits(joint.type, type) : fits(type, joint.type)) ? "fit" : "no";
  });
}

interface InputProps {
  node: string;
  socket: InputSocket;
  isFaulty: boolean;
}

export const InputHandle = memo(function InputHandle({ node, socket, isFaulty }: InputProps) {
  const fit = useFit(node, socket.type, "input");
  return (
    <Handle
      type="target"
      position={Position.Left}
      id={inputHandle(socket.name)}
      className="socket"
      data-fit={fit}
      data-optional={(socket.optional || socket.hasWidget) && socket.link === null ? "" : undefined}
      data-faulty={isFaulty ? "" : undefined}
      data-wired={socket.link !== null ? "" : undefined}
      style={colourOf(socket.type)}
      title={`${socket.label}: ${typeLabel(socket.type)}${socket.tooltip ? `\n${socket.tooltip}` : ""}`}
    />
  );
});

export const OutputHandle = memo(function OutputHandle({ node, socket }: { node: string; socket: OutputSocket }) {
  const fit = useFit(node, socket.type, "output");
  return (
    <Handle
      type="source"
      position={Position.Right}
      id={outputHandle(socket.slot)}
      className="socket"
      data-fit={fit}
      data-list={socket.isList ? "" : undefined}
      data-wired={socket.isUsed ? "" : undefined}
      style={colourOf(socket.type)}
      title={`${socket.label}: ${typeLabel(socket.type)}${socket.tooltip ? `\n${socket.tooltip}` : ""}`}
    />
  );
});

function colourOf(type: string): CSSProperties {
  return { "--type": typeColour(type) } as CSSProperties;
}

/** Sockets without behaviour, where wires only need to know their places. */
export function BareSockets({ node, inputs, outputs, top }: { node: string; inputs: readonly { socket: InputSocket; y: number }[]; outputs: readonly { socket: OutputSocket; y: number }[]; top: number }) {
  return (
    <>
      {inputs.map(({ socket, y }) => (
        <i key={socket.name} className="bare-socket target" data-nodeid={node} data-handleid={inputHandle(socket.name)} data-handlepos="left" style={{ ...colourOf(socket.type), top: top + y }} />
      ))}
      {outputs.map(({ socket, y }) => (
        <i key={socket.slot} className="bare-socket right source" data-nodeid={node} data-handleid={outputHandle(socket.slot)} data-handlepos="right" style={{ ...colourOf(socket.type), top: top + y }} />
      ))}
    </>
  );
}
