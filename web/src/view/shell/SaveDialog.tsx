import { useText } from "../../i18n";
import { showPanel } from "../panels";
import { saveAs } from "../saving";
import { useActiveTab } from "../session";
import { SaveForm } from "./SaveForm";

/** Asks under which name to save the workflow. */
export default function SaveDialog() {
  const t = useText();
  const tab = useActiveTab();
  if (!tab) return null;
  return (
    <SaveForm
      title={t("files.saveAs")}
      name={tab.path ?? tab.title}
      verb={t("files.save")}
      taken={(name) => t("files.taken", { name })}
      save={(name, overwrite) => saveAs(tab, `${name}.json`, overwrite)}
      onClose={() => showPanel({ dialog: null })}
    />
  );
}
