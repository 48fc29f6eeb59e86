import type { ServerEvent } from "../api/wire";
import { t } from "../i18n";
import { notify } from "./notify";
import { showPanel } from "./panels";
import { activeTab, showTab, type Tab } from "./session";
import { useSettings } from "./settings";

/** Says that a run ended: quietly where it can be seen, by a toast for another tab, by the system where the page is hidden. */
export function announceEnd(tab: Tab, event: ServerEvent): void {
  const failed = event.type === "execution_error";
  const text = t(failed ? "run.failed" : event.type === "execution_success" ? "run.done" : "run.stopped", { title: tab.title });
  const look = () => {
    showTab(tab.id);
    if (failed) showPanel({ problems: true });
  };
  if (failed || activeTab()?.id !== tab.id) notify({ kind: failed ? "bad" : "info", text, action: { label: t("run.show"), run: look } });
  if (document.hidden && useSettings.getState().notifications && "Notification" in window && Notification.permission === "granted") {
    const note = new Notification(text, { icon: "/icon.svg", tag: tab.id });
    note.onclick = () => {
      window.focus();
      look();
    };
  }
}
