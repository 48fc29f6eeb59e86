/** New nodes, as an editor writes them. */

import type { NodeType } from "./catalogue";
import type { NodeJson, OutputJson, SlotJson } from "./graph";
import type { JsonObject } from "./json";
import { SUBGRAPHS, VERSION } from "./kinds";
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
    properties: type.category === SUBGRAPHS ? {} : { "Node name for S&R": type.name, ...versionOf(type) },
    ...(widgetsOf(type).length > 0 ? { widgets_values: values } : {}),
  };
  const node = { ...bare, inputs: slotsOf(bare, type) };
  const size = type.name === "MarkdownNote" || type.name === "Note" ? [260, 160] : sizeOf(node, type);
  return { ...node, size };
}

/** The version of a node, where there has been more than one, and the input of each of its values: old names are in no catalogue. */
function versionOf(type: NodeType): JsonObject {
  if (type.version === 1) return {};
  return { [VERSION]: type.version, widget_names: widgetsOf(type).filter(({ saved }) => saved).map(({ input, name }) => (input ? name : "")) };
}

function slotsOf(node: NodeJson, type: NodeType): SlotJson[] {
  const nowhere: GraphJson = { nodes: [], links: [] };
  const { inputs } = shapeOf(nowhere, nowhere, node, { types: new Map([[type.name, type]]) });
  return inputs.filter((socket) => !socket.hasWidget && !/\.\d+$/.test(socket.name)).map(slotJson);
}
