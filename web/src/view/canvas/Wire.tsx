import { BaseEdge, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { curveBetween, pathOf } from "./curve";
import type { FlowEdge } from "./flow";
import { typeColour } from "./look";

/** A wire in the colour of its type. */
export const Wire = memo(function Wire({ sourceX, sourceY, targetX, targetY, data, selected }: EdgeProps<FlowEdge>) {
  const path = pathOf(curveBetween({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }));
  return <BaseEdge path={path} interactionWidth={14} className={selected ? "wire selected" : "wire"} style={{ stroke: typeColour(data?.type ?? "*") }} />;
});
