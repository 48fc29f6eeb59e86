import { useCallback } from "react";
import { graphOf, indexOf } from "../../model/graph";
import type { Json } from "../../model/json";
import { valueOf } from "../../model/values";
import type { Widget } from "../../model/widgets";
import { shapeIn, useEditor, useEditorState } from "../canvas/context";

/** A widget's value, drawn again only when it changes, and what sets it. */
export function useWidget(node: string, widget: Widget): [Json, (value: Json) => void] {
  const { commands } = useEditor();
  const value = useEditorState((state) => {
    const json = indexOf(graphOf(state.document.root, state.graphId)).nodes.get(node);
    const type = json && shapeIn(state, node)?.type;
    return json && type ? valueOf(json, type, widget) : null;
  });
  const set = useCallback((next: Json) => commands.setValue(node, widget.name, next), [commands, node, widget.name]);
  return [value, set];
}

export interface WidgetProps {
  node: string;
  widget: Widget;
  label: string;
}
