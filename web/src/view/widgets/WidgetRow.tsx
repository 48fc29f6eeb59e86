import { memo, type ComponentType, type ReactNode } from "react";
import { useText } from "../../i18n";
import type { Shape } from "../../model/shape";
import type { Widget } from "../../model/widgets";
import { useEditor, useEditorState } from "../canvas/context";
import { InputHandle } from "../canvas/Socket";
import { ScriptedWidget } from "./AddedWidgets";
import { ColourWidget } from "./ColourWidget";
import { ComboWidget } from "./ComboWidget";
import { FileWidget } from "./FileWidget";
import { NumberWidget } from "./NumberWidget";
import { OtherWidget } from "./OtherWidget";
import { TextWidget } from "./TextWidget";
import { ToggleWidget } from "./ToggleWidget";
import type { WidgetProps } from "./useWidget";
import "./widgets.css";

interface Props {
  node: string;
  shape: Shape;
  widget: Widget;
  isFaulty: boolean;
}

/** A widget in a node: its socket, its label, its value; the wire's name instead of the value where one is wired to it. */
export const WidgetRow = memo(function WidgetRow({ node, shape, widget, isFaulty }: Props): ReactNode {
  const socket = shape.inputs.find((input) => input.name === widget.name);
  const label = socket?.label ?? widget.name;
  const isWired = socket?.link !== null && socket?.link !== undefined;
  const Kind = kindOf(widget, shape);
  if (!Kind) return null;
  return (
    <div className="widget" data-kind={widget.kind} data-multiline={widget.input?.options.multiline ? "" : undefined} data-faulty={isFaulty ? "" : undefined} title={widget.input?.options.tooltip}>
      {socket && <InputHandle node={node} socket={socket} isFaulty={isFaulty} />}
      {isWired ? <div className="widget-wired"><span className="widget-label">{label}</span></div> : <Kind node={node} widget={widget} label={label} />}
      {socket && !isWired && <Promote node={node} name={widget.name} />}
    </div>
  );
});

function kindOf(widget: Widget, shape: Shape): ComponentType<WidgetProps> | null {
  switch (widget.kind) {
    case "int":
    case "float":
      return NumberWidget;
    case "text":
      return TextWidget;
    case "toggle":
      return ToggleWidget;
    case "combo":
      return shape.widgets.some((each) => each.name === "upload") && isFile(widget) ? FileWidget : ComboWidget;
    case "color":
      return ColourWidget;
    case "scripted":
      return ScriptedWidget;
    case "other":
      return OtherWidget;
    default:
      return null; // buttons and players stand with the file that they belong to
  }
}

function isFile({ input }: Widget): boolean {
  const options = input?.options;
  return Boolean(options?.image_upload ?? options?.video_upload ?? options?.audio_upload ?? options?.animated_image_upload);
}

/** Inside of a subgraph: shows this widget on its instances. */
function Promote({ node, name }: { node: string; name: string }) {
  const t = useText();
  const { commands } = useEditor();
  const isInside = useEditorState((state) => state.graphId !== "");
  if (!isInside) return null;
  return <button type="button" className="promote nodrag" title={t("canvas.promote")} aria-label={t("canvas.promote")} onClick={() => commands.promote(node, name)}>↥</button>;
}
