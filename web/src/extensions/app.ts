import { api as client } from "../api/client";
import type { JsonObject } from "../api/wire";
import { registerActions, type Action } from "../view/actions";
import { onServerEvent } from "../view/bus";
import { loadCatalogue } from "../view/boot";
import { openFiles } from "../view/opening";
import { notify } from "../view/notify";
import { addPackPanel, type PackPanel } from "../view/packPanels";
import { runActive } from "../view/running";
import { activeTab, openTab, useSession } from "../view/session";
import { addExtension, allExtensions, type Extension } from "./registry";

/** `app.registerExtension`: hooks are called as they come up, commands go into the palette at once. */
function registerExtension(extension: Extension): void {
  addExtension(extension);
  const keys = (id: string) => (extension.keybindings ?? []).filter((binding) => binding.commandId === id).map(({ combo }) => keyText(combo));
  const actions = (extension.commands ?? []).map((command): Action => ({
    id: `extension.${command.id}`,
    group: "extensions",
    title: () => command.label ?? command.id,
    keys: keys(command.id),
    run: () => void command.function(),
  }));
  registerActions(actions);
}

function keyText({ key, ctrl, shift, alt }: { key: string; ctrl?: boolean; shift?: boolean; alt?: boolean }): string {
  return [ctrl ? "ctrl+" : "", alt ? "alt+" : "", shift ? "shift+" : "", key.length === 1 ? key.toLowerCase() : key].join("");
}

export const app = {
  registerExtension,
  get extensions() {
    return allExtensions();
  },
  /** Queues the active workflow. */
  queuePrompt: (_number: number, count = 1) => runActive({ count }),
  loadGraphData: (workflow: JsonObject | string, title = "workflow") => openTab(workflow, { title, isDirty: true }),
  handleFile: (file: File) => openFiles([file]),
  /** The active workflow in both forms: the server makes the prompt when it is queued, so `output` is the editor's form. */
  graphToPrompt: () => Promise.resolve({ workflow: activeTab()?.workflow.json(), output: activeTab()?.workflow.json() }),
  refreshComboInNodes: loadCatalogue,
  get nodeOutputs() {
    const run = activeTab()?.run.getState();
    return Object.fromEntries([...(run?.nodes ?? [])].map(([id, node]) => [id, node.shown]));
  },
  get runningNodeId() {
    return activeTab()?.run.getState().current ?? null;
  },
  extensionManager: {
    /** A panel beside the editor's own; its button on the rail shows the first letters of its title. */
    registerSidebarTab: ({ id, title = id, render, destroy }: Partial<PackPanel> & { id: string }) => addPackPanel({ id, title, render: render ?? (() => undefined), ...(destroy ? { destroy } : {}) }),
    toast: { add: ({ summary = "", detail = "", severity = "info" }) => notify({ kind: severity === "error" ? "bad" : severity === "success" ? "good" : "info", text: `${summary} ${detail}`.trim() }) },
  },
};

/** The field's `api`: requests, and an event for every message of the server, pack-defined ones too. */
class ScriptApi extends EventTarget {
  constructor() {
    super();
    onServerEvent((event) => this.dispatchEvent(new CustomEvent(event.type, { detail: event.type === "executing" ? event.data.node : event.data })));
  }

  get clientId(): string {
    return useSession.getState().client;
  }

  apiURL = (route: string): string => `/api${route}`;
  fileURL = (route: string): string => route;
  fetchApi = (route: string, init?: RequestInit): Promise<Response> => fetch(this.apiURL(route), init);
  interrupt = () => client.interrupt();
  getNodeDefs = () => client.objectInfo();
  getEmbeddings = () => client.embeddings();
  getSettings = () => client.settings();
  storeSetting = (id: string, value: unknown) => client.setSetting(id, value);
}

export const scriptApi = new ScriptApi();
