import { useWidget, type WidgetProps } from "./useWidget";

export function ColourWidget({ node, widget, label }: WidgetProps) {
  const [value, set] = useWidget(node, widget);
  const colour = typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value) ? value : "#ffffff";
  return (
    <label className="widget-box nodrag">
      <span className="widget-label">{label}</span>
      <span className="widget-value">{colour}</span>
      <input type="color" value={colour} onChange={(event) => set(event.target.value)} />
    </label>
  );
}
