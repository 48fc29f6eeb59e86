import { useState } from "react";
import { api } from "../../api/client";
import { useText } from "../../i18n";
import { useUserChoice } from "../user";
import { Dialog } from "./Dialog";
import "./SettingsDialog.css";

/** Asks who uses the page: one of those who are known, or somebody new. It stays until that is said. */
export default function UserDialog() {
  const t = useText();
  const { users, choose } = useUserChoice();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState("");
  const add = () => void api.addUser(name).then(choose, (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
  const known = Object.entries(users ?? {});
  return (
    <Dialog title={t("settings.who")} onClose={() => undefined} bare>
      <form
        className="save-form"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <h2>{t("settings.who")}</h2>
        {known.map(([id, known]) => (
          <button key={id} type="button" className="button" onClick={() => choose(id)}>
            {known}
          </button>
        ))}
        <div className="row">
          <input className="field" data-first={known.length === 0 || undefined} aria-label={t("settings.newUser")} placeholder={t("settings.newUser")} value={name} onChange={(event) => setName(event.target.value)} />
          <button type="submit" className="button primary" disabled={name.trim() === ""}>
            {t("settings.addUser")}
          </button>
        </div>
        {problem !== "" && <span className="bad">{problem}</span>}
      </form>
    </Dialog>
  );
}
