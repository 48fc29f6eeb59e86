/** New nodes, as an editor writes them. */

import type { NodeType } from "./catalogue";
import type { NodeJson, OutputJson, SlotJson } from "./graph";
import { shapeOf, slotJson } from "./shape";
import { defaultValues } from "./values";
import type { GraphJson } from "./graph";
import { widgetsOf } from "./widgets";
import { sizeOf } from "./geometry";

/** A node of a type at a place. Inputs with a widget get their slot when they are first wired. */
export function newNode(id: number | string, type: NodeType, pos: [number, number]): NodeJson {
  const outputs: OutputJson[] = type.outputs.map(({ name, type: kind, isList }) => ({ name, type: kind, ...(isList ? { shape: 6 } : {}), links: null }));
  const values = defaultValues(type);
  const bare: NodeJson = {
    id, type: type.name, pos: [...pos], size: [0, 0], flags: {}, order: 0, mode: 0, inputs: [], outputs,
    properties: type.category === "subgraphs" ? {} : { "Node name for S&R": type.name },
    ...(widgetsOf(type).length > 0 ? { widgets_values: values } : {}),
  };
  const node = { ...bare, inputs: slotsOf(bare, type) };
  const size = type.name === "MarkdownNote" || type.name === "Note" ? [260, 160] : sizeOf(node, type);
  return { ...node, size };
}

function slotsOf(node: NodeJson, type: NodeType): SlotJson[] {
  const nowhere: GraphJson = { nodes: [], links: [] };
  const { inputs } = shapeOf(nowhere, nowhere, node, { types: new Map([[type.name, type]]) });
  return inputs.filter((socket) => !socket.hasWidget && !/\.\d+$/.test(socket.name)).map(slotJson);
}
