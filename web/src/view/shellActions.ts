import { t } from "../i18n";
import type { Action } from "./actions";
import { useBatch } from "./batch";
import { loadCatalogue } from "./boot";
import { chooseFiles, WORKFLOW_FILES } from "./files";
import { newWorkflow, openFiles } from "./opening";
import { closeTop, DRAWERS, showPanel, toggleDrawer, usePanels } from "./panels";
import { runActive, stopActive } from "./running";
import { askToClose, downloadActive, saveActive } from "./saving";
import { activeTab, showTab, useSession } from "./session";
import { changeSettings } from "./settings";

const hasTab = () => activeTab() !== null;


function stepTab(by: number): void {
  const { tabs, active } = useSession.getState();
  const next = tabs[(tabs.findIndex((tab) => tab.id === active) + by + tabs.length) % tabs.length];
  if (next) showTab(next.id);
}

function runToHere(): void {
  const here = activeTab()?.workflow.selection() ?? [];
  if (here.length > 0) void runActive({ here });
}

const run: Action[] = [
  { id: "run.run", group: "run", title: () => t("run.run"), keys: ["ctrl+Enter"], inText: true, when: hasTab, run: () => void runActive({ count: useBatch.getState().count }) },
  { id: "run.front", group: "run", title: () => t("run.front"), keys: ["ctrl+alt+Enter"], inText: true, when: hasTab, run: () => void runActive({ front: true }) },
  { id: "run.here", group: "run", title: () => t("run.here"), keys: ["ctrl+shift+Enter"], inText: true, when: () => (activeTab()?.workflow.selection().length ?? 0) > 0, run: runToHere },
  { id: "run.stop", group: "run", title: () => t("run.stop"), keys: ["ctrl+."], when: hasTab, run: () => void stopActive() },
];

const edit: Action[] = [
  { id: "edit.undo", group: "edit", title: () => t("edit.undo"), keys: ["ctrl+z"], when: () => activeTab()?.workflow.canUndo() ?? false, run: () => activeTab()?.workflow.undo() },
  { id: "edit.redo", group: "edit", title: () => t("edit.redo"), keys: ["ctrl+shift+z", "ctrl+y"], when: () => activeTab()?.workflow.canRedo() ?? false, run: () => activeTab()?.workflow.redo() },
];

const files: Action[] = [
  { id: "files.save", group: "files", title: () => t("files.save"), keys: ["ctrl+s"], inText: true, when: hasTab, run: () => void saveActive() },
  { id: "files.saveAs", group: "files", title: () => t("files.saveAs"), keys: ["ctrl+shift+s"], inText: true, when: hasTab, run: () => showPanel({ dialog: "save" }) },
  { id: "files.open", group: "files", title: () => t("files.open"), keys: ["ctrl+o"], run: () => void chooseFiles(WORKFLOW_FILES).then(openFiles) },
  { id: "files.new", group: "files", title: () => t("files.new"), keys: ["alt+n"], run: () => newWorkflow() },
  { id: "files.download", group: "files", title: () => t("files.download"), when: hasTab, run: downloadActive },
  { id: "files.closeThis", group: "files", title: () => t("files.closeThis"), keys: ["alt+w"], when: hasTab, run: () => withTab(askToClose) },
  { id: "files.next", group: "files", title: () => t("files.next"), keys: ["alt+PageDown"], run: () => stepTab(1) },
  { id: "files.previous", group: "files", title: () => t("files.previous"), keys: ["alt+PageUp"], run: () => stepTab(-1) },
  { id: "files.missing", group: "files", title: () => t("missing.title"), when: hasTab, run: () => showPanel({ dialog: "missing" }) },
];

const view: Action[] = [
  { id: "view.palette", group: "view", title: () => t("palette.title"), keys: ["ctrl+k", "ctrl+shift+p"], inText: true, run: () => showPanel({ dialog: "palette" }) },
  { id: "view.keys", group: "view", title: () => t("shell.keys"), keys: ["?"], run: () => showPanel({ dialog: "keys" }) },
  { id: "view.problems", group: "view", title: () => t("problems.title"), keys: ["ctrl+shift+m"], run: () => showPanel({ problems: !usePanels.getState().problems }) },
  { id: "view.inspector", group: "view", title: () => t("shell.inspector"), keys: ["i"], run: () => showPanel({ inspector: !usePanels.getState().inspector }) },
  ...DRAWERS.map((drawer): Action => ({ id: `view.${drawer}`, group: "view", title: () => t(`shell.${drawer}`), keys: [drawer[0] ?? ""], run: () => toggleDrawer(drawer) })),
  { id: "view.settings", group: "view", title: () => t("shell.settings"), keys: ["ctrl+,"], run: () => showPanel({ dialog: "settings" }) },
  { id: "view.dark", group: "view", title: () => t("settings.useDark"), run: () => changeSettings({ theme: "dark" }) },
  { id: "view.light", group: "view", title: () => t("settings.useLight"), run: () => changeSettings({ theme: "light" }) },
  { id: "view.english", group: "view", title: () => "English", run: () => changeSettings({ language: "en" }) },
  { id: "view.chinese", group: "view", title: () => "简体中文", run: () => changeSettings({ language: "zh" }) },
  { id: "view.refresh", group: "view", title: () => t("shell.refresh"), keys: ["r"], run: () => void loadCatalogue() },
  { id: "view.leave", group: "view", title: () => t("shell.leave"), keys: ["Escape"], when: () => canLeave(), run: () => void closeTop() },
];

function canLeave(): boolean {
  const { dialog, viewer, diff, problems } = usePanels.getState();
  return dialog !== null || viewer !== null || diff !== null || problems;
}

function withTab(work: (tab: NonNullable<ReturnType<typeof activeTab>>) => void): void {
  const tab = activeTab();
  if (tab) work(tab);
}

/** What the shell can do by key and from the palette; the canvas registers its own. */
export const shellActions: readonly Action[] = [...run, ...edit, ...files, ...view];
