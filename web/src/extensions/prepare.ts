/** A workflow as it is sent to run: with what scripts say of their widgets, by name. */

import type { Editor } from "../commands";
import type { JsonObject } from "../api/wire";
import { updateNode, withGraph } from "../model/edit";
import { graphOf } from "../model/graph";
import type { Json } from "../model/json";
import { safely, tell } from "./registry";
import type { ScriptNode } from "./node";
import type { ScriptWidget } from "./widget";

/** The file's form names no values; of nodes whose widgets scripts draw or serialise, the server is told the names. */
export async function prepared(editor: Editor, nodes: readonly ScriptNode[]): Promise<JsonObject> {
  for (const node of nodes) for (const widget of node.widgets) safely(node.type, () => widget.beforeQueued?.());
  let { root } = editor.core;
  for (const node of nodes) {
    if (!node.json || !(node.declared.some(({ kind }) => kind === "scripted") || node.widgets.some(({ serializeValue }) => serializeValue))) continue;
    const values: Record<string, Json> = {};
    for (const [at, widget] of node.widgets.entries()) {
      if (widget.type !== "button") values[widget.name] = (await serialised(node, widget, at)) as Json;
    }
    root = withGraph(root, node.graphId, updateNode(graphOf(root, node.graphId), node.key, { widgets_values: values }));
  }
  return root as unknown as JsonObject;
}

async function serialised(node: ScriptNode, widget: ScriptWidget, at: number): Promise<unknown> {
  try {
    return widget.serializeValue ? await widget.serializeValue(node, at) : widget.value;
  } catch (error) {
    tell(`${node.type}: ${widget.name}`, error);
    return widget.value;
  }
}
