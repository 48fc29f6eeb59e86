import { useState } from "react";
import { useText } from "../../i18n";
import { showPanel } from "../panels";
import { saveAs } from "../saving";
import { useActiveTab } from "../session";
import { Dialog } from "./Dialog";
import "./SettingsDialog.css";

const close = () => showPanel({ dialog: null });

/** Asks under which name to save; a name that is taken is asked about once more. */
export default function SaveDialog() {
  const t = useText();
  const tab = useActiveTab();
  const [name, setName] = useState((tab?.path ?? tab?.title ?? "").replace(/\.json$/, ""));
  const [isTaken, setTaken] = useState(false);
  if (!tab) return null;
  const save = async () => {
    const path = `${name.trim().replace(/\.json$/, "")}.json`;
    if (await saveAs(tab, path, isTaken)) close();
    else setTaken(true);
  };
  return (
    <Dialog title={t("files.saveAs")} onClose={close}>
      <form
        className="save-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <input
          className="field"
          autoFocus
          aria-label={t("files.name")}
          placeholder={t("files.name")}
          value={name}
          onFocus={(event) => event.target.select()}
          onChange={(event) => {
            setName(event.target.value);
            setTaken(false);
          }}
        />
        {isTaken && <span className="bad">{t("files.taken", { name })}</span>}
        <div className="row">
          <button type="button" className="button" onClick={close}>
            {t("shell.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={name.trim() === ""}>
            {t(isTaken ? "files.overwrite" : "files.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
