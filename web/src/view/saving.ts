import { api } from "../api/client";
import { RequestFailed } from "../api/http";
import { t } from "../i18n";
import { download } from "./files";
import { attempt, notify } from "./notify";
import { showPanel } from "./panels";
import { activeTab, changeTab, closeTab, isDirty, openTab, type Tab } from "./session";
import { forgetDraft } from "./autosave";

/** Saves to the server: in place, or under a name that is asked for. */
export async function saveActive(): Promise<void> {
  const tab = activeTab();
  if (!tab) return;
  if (tab.path === null) showPanel({ dialog: "save" });
  else await saveAs(tab, tab.path, true);
}

/** What became of something that was to be saved under a name; a failure has been told. */
export type Saving = "saved" | "taken" | "failed";

/** Saves under a name, unless it is taken and must not be overwritten. */
export async function saveAs(tab: Tab, path: string, overwrite: boolean): Promise<Saving> {
  const revision = tab.workflow.revision();
  return unlessTaken(async () => {
    await api.workflows.save(path, tab.workflow.text(), overwrite);
    changeTab(tab.id, { path, title: path.replace(/\.json$/, "").split("/").at(-1) ?? path, savedRevision: revision });
    notify({ kind: "good", text: t("files.saved", { path }) });
  });
}

/** Saves something by a call that fails with status 409 where the name is taken. */
export async function unlessTaken(save: () => Promise<void>): Promise<Saving> {
  const result = await attempt(async (): Promise<Saving> => {
    try {
      await save();
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 409) return "taken";
      throw error;
    }
    return "saved";
  });
  return result ?? "failed";
}

export function downloadActive(): void {
  const tab = activeTab();
  if (tab) download(tab.workflow.text(), `${tab.title}.json`);
}

/** Closes a tab. What was not saved can be had back for a while. */
export function askToClose(tab: Tab): void {
  const wasDirty = isDirty(tab);
  closeTab(tab.id);
  void attempt(() => forgetDraft(tab.id));
  if (!wasDirty) return;
  const reopen = () => openTab(tab.workflow.text(), { title: tab.title, path: tab.path, isDirty: true });
  notify({ kind: "info", text: t("files.closedUnsaved", { title: tab.title }), action: { label: t("files.reopen"), run: reopen } });
}
