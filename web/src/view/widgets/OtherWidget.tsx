import { useWidget, type WidgetProps } from "./useWidget";

/** A widget of a kind that this editor does not draw: its value is shown, and kept. */
export function OtherWidget({ node, widget, label }: WidgetProps) {
  const [value] = useWidget(node, widget);
  return (
    <div className="widget-box">
      <span className="widget-label">{label}</span>
      <span className="widget-value">{typeof value === "string" ? value : JSON.stringify(value)}</span>
    </div>
  );
}
