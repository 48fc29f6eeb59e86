import { useState, type ReactNode } from "react";
import { useText } from "../../i18n";
import type { Saving } from "../saving";
import { Dialog } from "./Dialog";
import "./SettingsDialog.css";

interface Props {
  title: string;
  /** The name to begin with. */
  name: string;
  /** What the button says. */
  verb: string;
  /** What is said of a name that is taken. */
  taken: (name: string) => string;
  save: (name: string, overwrite: boolean) => Promise<Saving>;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks under which name to save something; a name that is taken is asked about once more. It stays, with what was typed, until that is saved. */
export function SaveForm({ title, name: first, verb, taken, save, onClose, children }: Props) {
  const t = useText();
  const [name, setName] = useState(first.replace(/\.json$/, ""));
  const [isTaken, setTaken] = useState(false);
  const submit = async () => {
    const result = await save(name.trim().replace(/\.json$/, ""), isTaken);
    if (result === "saved") onClose();
    else setTaken(result === "taken");
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="save-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <input
          className="field"
          data-first
          aria-label={t("files.name")}
          placeholder={t("files.name")}
          value={name}
          onFocus={(event) => event.target.select()}
          onChange={(event) => {
            setName(event.target.value);
            setTaken(false);
          }}
        />
        {children}
        {isTaken && <span className="bad">{taken(name)}</span>}
        <div className="row">
          <button type="button" className="button" onClick={onClose}>
            {t("shell.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={name.trim() === ""}>
            {isTaken ? t("files.overwrite") : verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
