import { useText } from "../../i18n";
import { useWidget, type WidgetProps } from "./useWidget";

export function ToggleWidget({ node, widget, label }: WidgetProps) {
  const t = useText();
  const [value, set] = useWidget(node, widget);
  const isOn = Boolean(value);
  const { label_on, label_off } = widget.input?.options ?? {};
  return (
    <button type="button" role="switch" aria-checked={isOn} className="widget-box toggle nodrag" onClick={() => set(!isOn)}>
      <span className="widget-label">{label}</span>
      <span className="widget-value">{isOn ? (label_on ?? t("widgets.on")) : (label_off ?? t("widgets.off"))}</span>
      <span className="switch" aria-hidden="true" />
    </button>
  );
}
