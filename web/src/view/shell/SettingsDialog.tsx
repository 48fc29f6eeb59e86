import { useEffect, useState, type ReactNode } from "react";
import { api } from "../../api/client";
import { becomeUser, currentUser } from "../../api/user";
import type { SystemStats } from "../../api/wire";
import { LANGUAGE_NAMES, useText, type Language } from "../../i18n";
import { attempt, notify } from "../notify";
import { showPanel } from "../panels";
import { changeSettings, useSettings, type Settings } from "../settings";
import { Dialog } from "./Dialog";
import { PackSettings } from "./PackSettings";
import "./SettingsDialog.css";

/** The few things there are to choose, and what the server is. */
export default function SettingsDialog() {
  const t = useText();
  const settings = useSettings();
  return (
    <Dialog title={t("shell.settings")} onClose={() => showPanel({ dialog: null })}>
      <div className="settings">
        <Line label={t("settings.theme")}>
          <select className="field" value={settings.theme} onChange={(event) => changeSettings({ theme: event.target.value as Settings["theme"] })}>
            {(["system", "dark", "light"] as const).map((theme) => (
              <option key={theme} value={theme}>
                {t(`settings.${theme}`)}
              </option>
            ))}
          </select>
        </Line>
        <Line label={t("settings.language")}>
          <select className="field" value={settings.language} onChange={(event) => changeSettings({ language: event.target.value as Settings["language"] })}>
            <option value="system">{t("settings.system")}</option>
            {(Object.entries(LANGUAGE_NAMES) as [Language, string][]).map(([tag, name]) => (
              <option key={tag} value={tag}>
                {name}
              </option>
            ))}
          </select>
        </Line>
        <Line label={t("settings.snap")}>
          <input type="checkbox" checked={settings.snap} onChange={(event) => changeSettings({ snap: event.target.checked })} />
        </Line>
        <Line label={t("settings.minimap")}>
          <input type="checkbox" checked={settings.minimap} onChange={(event) => changeSettings({ minimap: event.target.checked })} />
        </Line>
        <Line label={t("settings.notifications")}>
          <input type="checkbox" checked={settings.notifications} onChange={(event) => void setNotifications(event.target.checked)} />
        </Line>
        <PackSettings />
        <System />
      </div>
    </Dialog>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <label className="settings-line">
      <span>{label}</span>
      {children}
    </label>
  );
}

async function setNotifications(wanted: boolean): Promise<void> {
  const isAllowed = !wanted || ("Notification" in window && (await Notification.requestPermission()) === "granted");
  changeSettings({ notifications: wanted && isAllowed });
}

function System() {
  const t = useText();
  const [stats, setStats] = useState<SystemStats | null>(null);
  useEffect(() => void api.systemStats().then(setStats, () => undefined), []);
  const free = () => void attempt(() => api.free()).then(() => notify({ kind: "good", text: t("settings.freed") }));
  return (
    <section className="settings-system">
      {stats?.devices.map((device) => (
        <p key={device.name} className="muted small">
          {device.name} · {gigabytes(device.vram_total - device.vram_free)} / {gigabytes(device.vram_total)} GB
        </p>
      ))}
      <div className="row">
        <a href="/docs/http-api.md" target="_blank" rel="noreferrer">
          {t("settings.api")}
        </a>
        <span className="spacer" />
        {currentUser() !== "" && (
          <button type="button" className="button" onClick={changeUser}>
            {t("settings.changeUser")}
          </button>
        )}
        <button type="button" className="button" onClick={free}>
          {t("settings.free")}
        </button>
      </div>
    </section>
  );
}

function changeUser(): void {
  becomeUser("");
  location.reload();
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
