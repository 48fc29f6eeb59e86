import { BaseEdge, getBezierPath, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import type { FlowEdge } from "./flow";
import { typeColour } from "./look";

/** A wire in the colour of its type. */
export const Wire = memo(function Wire({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data, selected }: EdgeProps<FlowEdge>) {
  const [path] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, curvature: 0.3 });
  return <BaseEdge path={path} interactionWidth={14} className={selected ? "wire selected" : "wire"} style={{ stroke: typeColour(data?.type ?? "*") }} />;
});
