import { NodeResizer, type NodeProps } from "@xyflow/react";
import { memo, useState, type CSSProperties } from "react";
import { useText } from "../../i18n";
import { graphOf } from "../../model/graph";
import { useEditor, useEditorState } from "./context";
import type { FlowNode } from "./flow";

/** A frame around nodes. Its head moves it, with what stands in it. */
export const GroupBox = memo(function GroupBox({ data, selected }: NodeProps<FlowNode>) {
  const t = useText();
  const { commands } = useEditor();
  const at = data.at ?? 0;
  const group = useEditorState((state) => graphOf(state.document.root, state.graphId).groups?.[at]);
  const [isRenaming, rename] = useState(false);
  if (!group) return null;
  const finish = (title: string) => {
    commands.changeGroup(at, { title });
    rename(false);
  };
  return (
    <div className="group" data-selected={selected ? "" : undefined} style={{ "--group": group.color ?? "#3f789e" } as CSSProperties}>
      {selected && <NodeResizer minWidth={120} minHeight={60} onResizeEnd={(_, { x, y, width, height }) => commands.changeGroup(at, { bounding: [Math.round(x), Math.round(y), Math.round(width), Math.round(height)] })} />}
      <div className="group-head" onClick={() => commands.selectGroup(at)} onDoubleClick={() => rename(true)}>
        {isRenaming ? (
          <input
            className="node-rename nodrag nopan"
            defaultValue={group.title}
            aria-label={t("canvas.rename")}
            autoFocus
            onFocus={(event) => event.target.select()}
            onBlur={(event) => finish(event.target.value)}
            onKeyDown={(event) => {
              event.stopPropagation();
              if (event.key === "Enter") finish(event.currentTarget.value);
              else if (event.key === "Escape") rename(false);
            }}
          />
        ) : (
          group.title
        )}
      </div>
    </div>
  );
});
