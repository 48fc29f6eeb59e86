import { useText } from "../../i18n";
import { attempt } from "../notify";
import { changePackSetting, packSetting, usePackSettings, type PackSetting } from "../packSettings";

/** What scripts of packs let people choose. */
export function PackSettings() {
  const t = useText();
  const { all } = usePackSettings();
  const shown = all.filter(({ type }) => typeof type === "string");
  if (shown.length === 0) return null;
  return (
    <section>
      <h3 className="settings-head">{t("palette.groups.extensions")}</h3>
      {shown.map((setting) => (
        <label key={setting.id} className="settings-line" title={setting.tooltip}>
          <span>{setting.name}</span>
          <Field setting={setting} />
        </label>
      ))}
    </section>
  );
}

function Field({ setting }: { setting: PackSetting }) {
  usePackSettings((settings) => settings.values);
  const value = packSetting(setting.id);
  const change = (next: unknown) => void attempt(() => changePackSetting(setting.id, next));
  if (setting.type === "boolean") return <input type="checkbox" checked={Boolean(value)} onChange={(event) => change(event.target.checked)} />;
  if (setting.type === "combo") {
    return (
      <select className="field" value={String(value)} onChange={(event) => change(event.target.value)}>
        {choicesOf(setting).map(([text, choice]) => <option key={choice} value={choice}>{text}</option>)}
      </select>
    );
  }
  const isNumber = setting.type === "number" || setting.type === "slider";
  return <input className="field" type={isNumber ? "number" : "text"} value={typeof value === "string" || typeof value === "number" ? value : ""} onChange={(event) => change(isNumber ? event.target.valueAsNumber : event.target.value)} />;
}

function choicesOf({ options }: PackSetting): [string, string][] {
  if (!Array.isArray(options)) return [];
  return (options as (string | { text?: string; value?: string | number })[]).map((each) => (typeof each === "string" ? [each, each] : [each.text ?? String(each.value), String(each.value ?? each.text)]));
}
