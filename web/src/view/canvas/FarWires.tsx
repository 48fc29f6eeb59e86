import { EdgeLabelRenderer, useNodes, useStoreApi } from "@xyflow/react";
import { curveOf } from "./cutting";
import { pathOf } from "./curve";
import type { FlowEdge, FlowNode } from "./flow";
import { typeColour } from "./look";

/** All wires as one picture, a line for each type, where each by itself would be too many to draw. They cannot be grabbed. */
export function FarWires({ wires }: { wires: readonly FlowEdge[] }) {
  const store = useStoreApi<FlowNode, FlowEdge>();
  useNodes(); // drawn again when nodes move
  const { nodeLookup } = store.getState();
  const paths = new Map<string, string[]>();
  for (const wire of wires) {
    const curve = curveOf(wire, (id) => nodeLookup.get(id));
    const type = wire.data?.type ?? "*";
    if (!curve) continue;
    const lines = paths.get(type);
    if (lines) lines.push(pathOf(curve));
    else paths.set(type, [pathOf(curve)]);
  }
  return (
    <EdgeLabelRenderer>
      <svg className="far-wires" aria-hidden="true">
        {[...paths].map(([type, lines]) => <path key={type} d={lines.join("")} fill="none" stroke={typeColour(type)} />)}
      </svg>
    </EdgeLabelRenderer>
  );
}
