import { api as client } from "../api/client";
import { withUser } from "../api/user";
import type { JsonObject } from "../api/wire";
import { registerActions, type Action } from "../view/actions";
import { onServerEvent } from "../view/bus";
import { loadCatalogue } from "../view/boot";
import { openFiles } from "../view/opening";
import { notify } from "../view/notify";
import { addPackPanel, type PackPanel } from "../view/packPanels";
import { addPackSetting, changePackSetting, packSetting, type PackSetting } from "../view/packSettings";
import { runActive } from "../view/running";
import { activeTab, openTab, useSession } from "../view/session";
import { useScripted } from "../view/scripted";
import { constructors } from "./customWidgets";
import { scriptCanvas, scriptGraph } from "./graph";
import { addExtension, allExtensions, callEach, safely, type Extension } from "./registry";
import { ScriptDialog } from "./ui";

/** `app.registerExtension`: hooks are called as they come up; commands, settings and widgets are taken in at once. */
function registerExtension(extension: Extension): void {
  addExtension(extension);
  const keys = (id: string) => (extension.keybindings ?? []).filter((binding) => binding.commandId === id).map(({ combo }) => keyText(combo));
  const actions = (extension.commands ?? []).map((command): Action => ({
    id: `extension.${command.id}`,
    group: "extensions",
    title: () => command.label ?? command.id,
    keys: keys(command.id),
    run: () => safely(extension.name, command.function),
  }));
  registerActions(actions);
  for (const setting of extension.settings ?? []) addPackSetting(setting as PackSetting);
  safely(`${extension.name}: getCustomWidgets`, async () => {
    const made = await extension.getCustomWidgets?.(app);
    for (const [type, make] of Object.entries(made ?? {})) constructors.set(type, make as Parameters<typeof constructors.set>[1]);
  });
}

function keyText({ key, ctrl, shift, alt }: { key: string; ctrl?: boolean; shift?: boolean; alt?: boolean }): string {
  return [ctrl ? "ctrl+" : "", alt ? "alt+" : "", shift ? "shift+" : "", key.length === 1 ? key.toLowerCase() : key].join("");
}

async function refreshComboInNodes(): Promise<void> {
  await loadCatalogue();
  callEach("refreshComboInNodes", (extension) => extension.refreshComboInNodes?.((useSession.getState().info ?? {}), app));
}

const settings = {
  addSetting: addPackSetting,
  getSettingValue: packSetting,
  setSettingValue: changePackSetting,
  setSettingValueAsync: changePackSetting,
};

export const app = {
  registerExtension,
  graph: scriptGraph,
  rootGraph: scriptGraph,
  canvas: scriptCanvas,
  ui: { settings, dialog: new ScriptDialog() },
  get extensions() {
    return allExtensions();
  },
  /** Queues the active workflow. */
  queuePrompt: (_number: number, count = 1) => runActive({ count }),
  loadGraphData: (workflow: JsonObject | string, title = "workflow") => openTab(workflow, { title, isDirty: true }),
  handleFile: (file: File) => openFiles([file]),
  /** The active workflow in both forms: the server makes the prompt when it is queued, so `output` is the editor's form. */
  graphToPrompt: async () => {
    const tab = activeTab();
    return { workflow: tab?.workflow.json(), output: tab ? await useScripted.getState().scripts.prepared(tab.workflow.editor) : undefined };
  },
  refreshComboInNodes,
  get nodeOutputs() {
    const run = activeTab()?.run.getState();
    return Object.fromEntries([...(run?.nodes ?? [])].map(([id, node]) => [id, node.shown]));
  },
  get runningNodeId() {
    return activeTab()?.run.getState().current ?? null;
  },
  extensionManager: {
    setting: { get: packSetting, set: changePackSetting },
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
    useSession.subscribe((now, before) => {
      if (now.connection !== before.connection) this.dispatchEvent(new CustomEvent(now.connection === "open" ? "reconnected" : "reconnecting"));
    });
  }

  get clientId(): string {
    return useSession.getState().client;
  }

  apiURL = (route: string): string => `/api${route}`;
  fileURL = (route: string): string => route;
  fetchApi = (route: string, init?: RequestInit): Promise<Response> => fetch(this.apiURL(route), withUser(init));
  interrupt = () => client.interrupt();
  getNodeDefs = () => client.objectInfo();
  getEmbeddings = () => client.embeddings();
  getSettings = () => client.settings();
  getSetting = async (id: string): Promise<unknown> => (await client.settings())[id];
  storeSetting = (id: string, value: unknown) => client.setSetting(id, value);
  getHistory = (most = 200): Promise<unknown> => client.http.get(`/history?max_items=${most}`);
  queuePrompt = (_number: number, { output, workflow }: { output: JsonObject; workflow?: JsonObject }): Promise<unknown> =>
    client.http.post("/prompt", { prompt: output, client_id: this.clientId, ...(workflow ? { extra_data: { extra_pnginfo: { workflow } } } : {}) });
  getUserData = (file: string): Promise<Response> => this.fetchApi(`/userdata/${encodeURIComponent(file)}`);
  storeUserData = (file: string, data: unknown): Promise<Response> => this.fetchApi(`/userdata/${encodeURIComponent(file)}?overwrite=true`, { method: "POST", body: typeof data === "string" ? data : JSON.stringify(data) });
}

export const scriptApi = new ScriptApi();
