import { Handle, Position, type NodeProps } from "@xyflow/react";
import { memo, type CSSProperties } from "react";
import { useShape } from "./context";
import { inputHandle, outputHandle, type FlowNode } from "./flow";
import { typeColour } from "./look";

/** A point that a wire runs through. */
export const RerouteNode = memo(function RerouteNode({ id, selected }: NodeProps<FlowNode>) {
  const shape = useShape(id);
  if (!shape) return null;
  const type = shape.type.outputs[0]?.type ?? "*";
  return (
    <div className="reroute" data-selected={selected ? "" : undefined} style={{ "--type": typeColour(type) } as CSSProperties}>
      <Handle type="target" position={Position.Left} id={inputHandle(shape.inputs[0]?.name ?? "")} className="socket" />
      <span className="socket-label">{type === "*" ? "" : type.toLowerCase()}</span>
      <Handle type="source" position={Position.Right} id={outputHandle(0)} className="socket" />
    </div>
  );
});
