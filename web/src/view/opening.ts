import { api } from "../api/client";
import type { FileRef, JsonObject } from "../api/wire";
import { t } from "../i18n";
import { editorForm, readFile, readShown, titleOf, type Found } from "./files";
import { attempt } from "./notify";
import { openTab, showTab, useSession, type Tab } from "./session";

const EMPTY: JsonObject = { last_node_id: 0, last_link_id: 0, nodes: [], links: [], groups: [], config: {}, extra: {}, version: 0.4 };

export function newWorkflow(): Tab {
  return openTab(structuredClone(EMPTY), { title: freeTitle(t("files.untitled")) });
}

/** Opens a workflow that is saved on the server; if it is open, its tab is shown. */
export async function openSaved(path: string): Promise<void> {
  const open = useSession.getState().tabs.find((tab) => tab.path === path);
  if (open) {
    showTab(open.id);
    return;
  }
  await attempt(async () => {
    const text = await api.workflows.read(path);
    const found = await readText(text, path);
    openTab(found.workflow, { title: found.title, path });
  });
}

async function readText(text: string, name: string): Promise<Found> {
  return editorForm(text) ? { workflow: text, title: titleOf(name) } : readFile(new Blob([text]), name);
}

/** Opens files from the visitor's own machine: workflows, and whatever carries one. */
export async function openFiles(files: readonly File[]): Promise<void> {
  for (const file of files) {
    await attempt(async () => {
      const found = await readFile(file, file.name);
      openTab(found.workflow, { title: freeTitle(found.title), isDirty: true });
    });
  }
}

/** Opens the workflow that made a picture. */
export async function openShown(file: FileRef): Promise<void> {
  await attempt(async () => {
    const found = await readShown(file);
    openTab(found.workflow, { title: freeTitle(found.title), isDirty: true });
  });
}

/** A title that no open workflow has. */
export function freeTitle(title: string, taken = new Set(useSession.getState().tabs.map((tab) => tab.title))): string {
  if (!taken.has(title)) return title;
  for (let number = 2; ; number++) if (!taken.has(`${title} ${number}`)) return `${title} ${number}`;
}
