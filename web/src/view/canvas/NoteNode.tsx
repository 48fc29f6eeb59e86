import { type NodeProps } from "@xyflow/react";
import { memo, useState, type CSSProperties } from "react";
import { useText } from "../../i18n";
import { namedValue } from "../../model/values";
import { useEditor, useNodeJson, useShape } from "./context";
import { useIsFull } from "./detail";
import { type FlowNode } from "./flow";
import { Markdown } from "./markdown";
import { ResizeCorner } from "./ResizeCorner";

/** A text on the canvas. A double click, or Enter, edits it. */
export const NoteNode = memo(function NoteNode({ id, selected }: NodeProps<FlowNode>) {
  const t = useText();
  const { commands } = useEditor();
  const [node, shape, isFull] = [useNodeJson(id), useShape(id), useIsFull(id)];
  const [isEditing, edit] = useState(false);
  if (!node || !shape) return null;
  const value = namedValue(node, shape.type, "text");
  const text = typeof value === "string" ? value : "";
  const title = node.title ?? "";
  return (
    <div className="note" data-selected={selected ? "" : undefined} style={(node.bgcolor ? { "--note": node.bgcolor } : {}) as CSSProperties} onDoubleClick={() => edit(true)}>
      {title !== "" && title !== node.type && <div className="note-title">{title}</div>}
      {isEditing ? (
        <textarea
          className="nodrag nowheel nopan"
          aria-label={t("canvas.noteText")}
          value={text}
          autoFocus
          onChange={(event) => commands.setValue(id, "text", event.target.value)}
          onBlur={() => edit(false)}
          onKeyDown={(event) => event.key === "Escape" && edit(false)}
        />
      ) : (
        isFull && <div className="note-body nowheel">{text === "" ? <p className="muted">{t("canvas.emptyNote")}</p> : node.type === "MarkdownNote" ? <Markdown text={text} /> : <p className="plain">{text}</p>}</div>
      )}
      {isFull && <ResizeCorner id={id} />}
    </div>
  );
});
