import { getBezierPath, type ConnectionLineComponentProps } from "@xyflow/react";
import { useText } from "../../i18n";
import { useEditor } from "./context";
import { endsOf, refusalText, useConnecting } from "./connecting";
import { typeColour } from "./look";

/** The wire that is being drawn; over a socket that it does not fit it says why. */
export function WireInHand({ fromX, fromY, toX, toY, fromPosition, toPosition, fromHandle, toHandle, connectionStatus }: ConnectionLineComponentProps) {
  useText();
  const { commands } = useEditor();
  const joint = useConnecting((state) => state.joint);
  const [path] = getBezierPath({ sourceX: fromX, sourceY: fromY, targetX: toX, targetY: toY, sourcePosition: fromPosition, targetPosition: toPosition, curvature: 0.3 });
  const isWrong = connectionStatus === "invalid" && toHandle !== null;
  const [from, to] = fromHandle.type === "source" ? [fromHandle, toHandle] : [toHandle, fromHandle];
  const refused = isWrong && from && to && from.type !== to.type ? commands.refusal(endsOf({ source: from.nodeId, sourceHandle: from.id ?? "", target: to.nodeId, targetHandle: to.id ?? "" })) : null;
  return (
    <g>
      <path d={path} fill="none" strokeWidth={3} stroke={isWrong ? "var(--bad)" : typeColour(joint?.type ?? "*")} strokeDasharray={isWrong ? "6 5" : undefined} />
      {refused && (
        <foreignObject x={toX + 14} y={toY - 12} width={280} height={60} style={{ overflow: "visible" }}>
          <div className="refusal" role="alert">{refusalText(refused)}</div>
        </foreignObject>
      )}
    </g>
  );
}
