import { api } from "../api/client";
import { notify } from "../view/notify";
import { app, scriptApi } from "./app";
import { element, ScriptDialog } from "./ui";
import { allExtensions, callEach } from "./registry";

const report = (sentence: string) => notify({ kind: "bad", text: sentence });

/** Loads the scripts of packs; each may fail by itself. Afterwards `init` of all of them has run. */
export async function loadExtensions(): Promise<void> {
  Object.assign(window, {
    app,
    comfyAPI: { app: { app, ComfyApp: app.constructor }, api: { api: scriptApi }, ui: { $el: element, ComfyDialog: ScriptDialog }, widgets: { ComfyWidgets: {} } },
  });
  const paths = await api.extensions().catch(() => []);
  await Promise.all(
    paths.filter((path) => !path.includes("extensions/core")).map((path) => import(/* @vite-ignore */ path).catch((error: unknown) => report(`${path}: ${error instanceof Error ? error.message : String(error)}`))),
  );
  await callEach("init", (extension) => extension.init?.(app), report);
}

/** Lets scripts change the declarations of nodes before the editor reads them. */
export async function amendDeclarations(info: Record<string, unknown>): Promise<void> {
  if (allExtensions().length === 0) return;
  await callEach("addCustomNodeDefs", (extension) => extension.addCustomNodeDefs?.(info, app), report);
  for (const [name, declaration] of Object.entries(info) as [string, Record<string, unknown>][]) {
    const nodeType = function () {
      // Scripts hang callbacks on its prototype; none of them is called yet.
    };
    Object.assign(nodeType, { comfyClass: name, nodeData: declaration, title: declaration.display_name });
    await callEach("beforeRegisterNodeDef", (extension) => extension.beforeRegisterNodeDef?.(nodeType, declaration, app), report);
  }
}

/** The editor stands: scripts may set themselves up. */
export function setUpExtensions(): Promise<void> {
  return callEach("setup", (extension) => extension.setup?.(app), report);
}
