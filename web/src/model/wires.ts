/** Which wires may be drawn, and why others may not. */

import { ancestorsOf, type GraphJson } from "./graph";
import type { InputSocket, OutputSocket, Shape } from "./shape";
import { fits, isWild, typeLabel } from "./types";

/** Why a wire is refused: the kind of reason, and the two types as people read them. */
export interface Refusal {
  reason: "types" | "cycle" | "self" | "hasNone";
  from: string;
  to: string;
}

/** Null if a wire from an output to an input is allowed. */
export function refusalOf(graph: GraphJson, from: { node: string; output: OutputSocket }, to: { node: string; input: InputSocket }): Refusal | null {
  const said = { from: typeLabel(from.output.type), to: typeLabel(to.input.type) };
  if (from.node === to.node) return { reason: "self", ...said };
  if (!fits(from.output.type, to.input.type)) return { reason: "types", ...said };
  if (ancestorsOf(graph, [from.node]).has(to.node)) return { reason: "cycle", ...said };
  return null;
}

/** The input of a node that fits an output best: free and exact first, then free, then exact, then any. */
export function bestInput(shape: Shape, type: string): InputSocket | null {
  const ranked = shape.inputs
    .filter((input) => fits(type, input.type) && !(input.hasWidget && isWild(type)))
    .map((input, at) => ({ input, rank: (input.link === null ? 0 : 8) + (input.type === type ? 0 : 4) + (input.hasWidget ? 2 : 0) + at / 100 }));
  return ranked.sort((one, other) => one.rank - other.rank)[0]?.input ?? null;
}

export function bestOutput(shape: Shape, type: string): OutputSocket | null {
  const fitting = shape.outputs.filter((output) => fits(output.type, type));
  return fitting.find((output) => output.type === type) ?? fitting[0] ?? null;
}
