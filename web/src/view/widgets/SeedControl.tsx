import { useText } from "../../i18n";
import type { Json } from "../../model/json";
import type { Limits } from "../../model/numbers";
import { useShape } from "../canvas/context";
import { useWidget } from "./useWidget";
import type { Widget } from "../../model/widgets";

interface Props {
  node: string;
  controls: string;
  limits: Limits;
  onValue: (value: Json) => void;
}

const SIGNS: Record<string, string> = { fixed: "=", increment: "+1", decrement: "−1", randomize: "⚄" };
const LIMIT = 1125899906842624;

/** What becomes of a seed after each run; a click takes the next of its ways, and a new number comes with the dice. */
export function SeedControl({ node, controls, limits, onValue }: Props) {
  const control = useShape(node)?.widgets.find((widget) => widget.kind === "control" && widget.controls === controls);
  return control ? <Control node={node} control={control} limits={limits} onValue={onValue} /> : null;
}

function Control({ node, control, limits, onValue }: Omit<Props, "controls"> & { control: Widget }) {
  const t = useText();
  const [value, set] = useWidget(node, control);
  const mode = value === true ? "randomize" : typeof value === "string" && value in SIGNS ? value : "fixed";
  const modes = Object.keys(SIGNS);
  const next = modes[(modes.indexOf(mode) + 1) % modes.length] ?? "fixed";
  const name = t(`widgets.control.${mode as "fixed" | "increment" | "decrement" | "randomize"}`);
  const roll = () => onValue(Math.floor(Math.random() * Math.min(limits.max ?? LIMIT, LIMIT)));
  return (
    <>
      <button type="button" className="seed" title={t("widgets.roll")} aria-label={t("widgets.roll")} onClick={roll}>↻</button>
      <button type="button" className="seed" title={name} aria-label={`${t("widgets.afterRun")}: ${name}`} onClick={() => set(next)}>{SIGNS[mode]}</button>
    </>
  );
}
