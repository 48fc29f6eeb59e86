/** "Run to here": what a run has to aim at so that chosen nodes run, with all that they need, and nothing else. */

import type { Catalogue } from "./catalogue";
import { newNode } from "./create";
import { addNodes, connect, lastNodeId, withGraph } from "./edit";
import { definitionOf, graphOf, indexOf, type GraphJson } from "./graph";
import { shapeOf, slotJson } from "./shape";

const SINK = "PreviewAny"; // an output that takes anything, and costs nothing

export interface Aim {
  root: GraphJson;
  /** Execution ids of outputs. */
  targets: readonly string[];
}

/**
 * Servers run outputs. A chosen node that is none gets one behind its first output, in a copy that is only sent: the file
 * stays as it is. `path` leads to the graph that the ids are of.
 */
export function aimAt(root: GraphJson, graphId: string, path: readonly string[], ids: Iterable<string>, catalogue: Catalogue): Aim {
  const targets: string[] = [];
  let graph = graphOf(root, graphId);
  for (const id of ids) {
    const node = indexOf(graph).nodes.get(id);
    const shape = node && shapeOf(root, graph, node, catalogue);
    const output = shape?.outputs[0];
    const sink = catalogue.types.get(SINK);
    if (!node || shape?.type.isOutput || !output || !sink) {
      if (node) targets.push(...outputsIn(root, graph, id, path, catalogue));
      continue;
    }
    const made = newNode(lastNodeId(graph) + 1, sink, [0, 0]);
    graph = addNodes(graph, [made]);
    const [input] = shapeOf(root, graph, made, catalogue).inputs;
    if (input) graph = connect(graph, { node: id, slot: output.slot, type: output.type }, { node: String(made.id), slot: input.slot >= 0 ? input.slot : slotJson(input) });
    targets.push([...path, String(made.id)].join(":"));
  }
  return { root: withGraph(root, graphId, graph), targets };
}

/** The node itself if it is an output; of a subgraph's instance, the outputs inside. */
function outputsIn(root: GraphJson, graph: GraphJson, id: string, path: readonly string[], catalogue: Catalogue): string[] {
  const node = indexOf(graph).nodes.get(id);
  if (!node) return [];
  if (shapeOf(root, graph, node, catalogue).type.isOutput) return [[...path, id].join(":")];
  const definition = definitionOf(root, node.type);
  return definition ? definition.nodes.flatMap((inner) => outputsIn(root, definition, String(inner.id), [...path, id], catalogue)) : [];
}
