/** The wire in the hand: which sockets it fits. Sockets listen to this, so that only they are drawn again. */

import type { Connection, FinalConnectionState, HandleType } from "@xyflow/react";
import { create } from "zustand";
import type { Editor } from "../../commands";
import type { Joint } from "../../commands/nodes";
import { t } from "../../i18n";
import { ancestorsOf, indexOf } from "../../model/graph";
import type { Refusal } from "../../model/wires";
import { bestInput, bestOutput } from "../../model/wires";
import { notify } from "../notify";
import { shapeIn } from "./context";
import { inputHandle, outputHandle } from "./flow";
import { openSearch } from "./searching";

interface Connecting {
  joint: Joint | null;
  /** Nodes that would close a loop. */
  barred: ReadonlySet<string>;
}

export const useConnecting = create<Connecting>()(() => ({ joint: null, barred: new Set() }));

export function endsOf({ source, target, sourceHandle, targetHandle }: Connection | { source: string; target: string; sourceHandle?: string | null; targetHandle?: string | null }) {
  return { origin: source, output: Number(sourceHandle?.slice(2)), target, input: targetHandle?.slice(2) ?? "" };
}

export function startConnecting(editor: Editor, { nodeId, handleId, handleType }: { nodeId: string | null; handleId: string | null; handleType: HandleType | null }): void {
  const shape = nodeId === null ? undefined : shapeIn(editor.state(), nodeId);
  if (!shape || handleId === null || nodeId === null) return;
  const graph = editor.core.graph;
  if (handleType === "source") {
    const output = shape.outputs.find((each) => outputHandle(each.slot) === handleId);
    if (output) useConnecting.setState({ joint: { type: output.type, from: "output", node: nodeId, slot: output.slot }, barred: ancestorsOf(graph, [nodeId]) });
  } else {
    const input = shape.inputs.find((each) => inputHandle(each.name) === handleId);
    if (input) useConnecting.setState({ joint: { type: input.type, from: "input", node: nodeId, slot: input.name }, barred: descendantsOf(editor, nodeId) });
  }
}

function descendantsOf(editor: Editor, id: string): Set<string> {
  const links = [...indexOf(editor.core.graph).links.values()];
  const found = new Set([id]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const link of links) if (found.has(link.origin)) found.add(link.target);
  }
  return found;
}

/** The end of a drag: on a socket the library has connected; on a node the best socket; on nothing a list of nodes. */
export function endConnecting(editor: Editor, event: MouseEvent | TouchEvent, state: FinalConnectionState): void {
  const { joint } = useConnecting.getState();
  useConnecting.setState({ joint: null, barred: new Set() });
  if (!joint) return;
  if (state.toHandle) {
    if (state.isValid === false && state.toNode) tellRefusal(editor, joint, state.toNode.id, state.toHandle.id ?? "");
    return;
  }
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  if (!point) return;
  const over = document.elementFromPoint(point.clientX, point.clientY)?.closest<HTMLElement>(".react-flow__node");
  const id = over?.dataset.id;
  if (id && id !== joint.node && !id.startsWith("group:")) dropOnNode(editor, joint, id);
  else if (!id || id.startsWith("group:")) openSearch({ x: point.clientX, y: point.clientY, joint });
}

function dropOnNode(editor: Editor, joint: Joint, id: string): void {
  const shape = shapeIn(editor.state(), id);
  if (!shape) return;
  const socket = joint.from === "output" ? bestInput(shape, joint.type) : bestOutput(shape, joint.type);
  const handle = !socket ? "" : "isList" in socket ? outputHandle(socket.slot) : inputHandle(socket.name);
  const refused = socket ? editor.commands.connect(joined(joint, id, handle)) : { reason: "hasNone" as const, from: joint.type.toLowerCase(), to: shape.title };
  if (refused) notify({ kind: "bad", text: refusalText(refused) });
}

function joined(joint: Joint, node: string, handle: string) {
  return joint.from === "output"
    ? { origin: joint.node, output: Number(joint.slot), target: node, input: handle.slice(2) }
    : { origin: node, output: Number(handle.slice(2)), target: joint.node, input: String(joint.slot) };
}

function tellRefusal(editor: Editor, joint: Joint, node: string, handle: string): void {
  if (handle.startsWith(joint.from === "output" ? "o:" : "i:")) return;
  const refused = editor.commands.refusal(joined(joint, node, handle));
  if (refused) notify({ kind: "bad", text: refusalText(refused) });
}

export function refusalText({ reason, from, to }: Refusal): string {
  return t(`canvas.refused.${reason}`, { from, to });
}
