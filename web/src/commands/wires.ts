import { addNodes, connect, disconnect, lastNodeId } from "../model/edit";
import { newNode } from "../model/create";
import { addPort } from "../model/subgraph";
import { indexOf, INPUT_NODE, OUTPUT_NODE, type DefinitionJson, type GraphJson, type Link } from "../model/graph";
import { VIRTUAL } from "../model/kinds";
import { portShapes, slotJson, type InputSocket, type OutputSocket, type Shape } from "../model/shape";
import { bestInput, bestOutput, refusalOf, type Refusal } from "../model/wires";
import { fits } from "../model/types";
import { roundPair } from "./nodes";
import type { Core, Doing } from "./core";

/** A wire's ends as a view names them: the place of an output, and the name of an input. */
export interface Ends {
  origin: string;
  output: number;
  target: string;
  input: string;
}

export const wireCommands = (core: Core) => ({
  /** Why a wire may not be drawn; null if it may. */
  refusal: (ends: Ends): Refusal | null => refusal(core, ends),

  /** Draws a wire; gives why not where it is refused. `replacing`: the wire that it takes the place of. */
  connect(ends: Ends, replacing: number | null = null): Refusal | null {
    const refused = refusal(core, ends);
    if (!refused) core.change("connect", (graph) => drawn(core, replacing === null ? graph : disconnect(graph, [replacing]), ends));
    return refused;
  },

  disconnect(ids: readonly number[]): void {
    if (ids.length > 0) core.change("disconnect", (graph) => disconnect(graph, ids));
  },

  /** Puts a node into a wire, where its sockets fit; false if they do not. */
  insert(id: string, linkId: number, doing: Doing = {}): boolean {
    const [shape, link] = [core.shape(id), indexOf(core.graph).links.get(linkId)];
    const parts = shape && link ? insertion(core, shape, link) : null;
    if (!parts || !link) return false;
    const { input, output, ends } = parts;
    core.change("insert", (graph) => {
      const first = connect(disconnect(graph, [linkId]), { node: link.origin, slot: link.originSlot, type: ends.type }, { node: id, slot: input.slot >= 0 ? input.slot : slotJson(input) });
      return connect(first, { node: id, slot: output.slot, type: output.type }, { node: link.target, slot: link.targetSlot });
    }, doing);
    return true;
  },

  /** Whether a node without wires would fit into a wire. */
  fitsInto(id: string, linkId: number): boolean {
    const [shape, link] = [core.shape(id), indexOf(core.graph).links.get(linkId)];
    return shape !== undefined && link !== undefined && insertion(core, shape, link) !== null;
  },

  /** Puts a reroute into a wire. */
  reroute(linkId: number, pos: [number, number]): void {
    const link = indexOf(core.graph).links.get(linkId);
    const type = VIRTUAL.find((each) => each.name === "Reroute");
    if (!link || !type) return;
    const id = String(lastNodeId(core.graph) + 1);
    core.change("reroute", (graph) => {
      const made = newNode(Number(id), type, roundPair([pos[0] - 37, pos[1] - 13]));
      const added = addNodes(disconnect(graph, [linkId]), [{ ...made, size: [75, 26] }]);
      const first = connect(added, { node: link.origin, slot: link.originSlot, type: link.type }, { node: id, slot: 0 });
      return connect(first, { node: id, slot: 0, type: link.type }, { node: link.target, slot: link.targetSlot });
    }, { select: [id] });
  },
});

function shapeAt(core: Core, id: string): Shape | undefined {
  if ((id !== INPUT_NODE && id !== OUTPUT_NODE) || !("inputNode" in core.graph)) return core.shape(id);
  const [into, out] = portShapes(core.graph as DefinitionJson);
  return id === INPUT_NODE ? into : out;
}

function socketsOf(core: Core, { origin, output, target, input }: Ends): [OutputSocket, InputSocket] | null {
  const from = shapeAt(core, origin)?.outputs[output];
  const to = shapeAt(core, target)?.inputs.find((each) => each.name === input);
  return from && to ? [from, to] : null;
}

function refusal(core: Core, ends: Ends): Refusal | null {
  const sockets = socketsOf(core, ends);
  if (!sockets) return { reason: "hasNone", from: "", to: "" };
  if (ends.origin === INPUT_NODE && ends.target === OUTPUT_NODE) return { reason: "self", from: "", to: "" };
  return refusalOf(core.graph, { node: ends.origin, output: sockets[0] }, { node: ends.target, input: sockets[1] });
}

function drawn(core: Core, graph: GraphJson, ends: Ends): GraphJson {
  const sockets = socketsOf(core, ends);
  if (!sockets) return graph;
  const [output, input] = sockets;
  let ready = graph;
  if (ends.origin === INPUT_NODE && output.name === "+") ready = addPort(ready as DefinitionJson, "inputs", input.name || input.type, input.type);
  if (ends.target === OUTPUT_NODE && input.name === "+") ready = addPort(ready as DefinitionJson, "outputs", output.name || output.type, output.type);
  const type = output.type === "*" ? input.type : output.type;
  return connect(ready, { node: ends.origin, slot: output.slot, type }, { node: ends.target, slot: input.slot >= 0 ? input.slot : slotJson(input) });
}

function insertion(core: Core, shape: Shape, link: Link): { input: InputSocket; output: OutputSocket; ends: { type: string } } | null {
  if (link.origin === shape.id || link.target === shape.id) return null;
  const [origin, target] = [shapeAt(core, link.origin), shapeAt(core, link.target)];
  const from = origin?.outputs[link.originSlot];
  const to = target?.inputs.find((each) => each.slot === link.targetSlot);
  if (!from || !to) return null;
  const [input, output] = [bestInput(shape, from.type), bestOutput(shape, to.type)];
  return input && output && input.link === null && !output.isUsed && fits(output.type, to.type) ? { input, output, ends: from } : null;
}
