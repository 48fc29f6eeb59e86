import { api } from "../api/client";
import { notify } from "../view/notify";
import { loadPackSettings } from "../view/packSettings";
import { app, scriptApi } from "./app";
import { markScripted } from "./customWidgets";
import { followNodes } from "./living";
import { nodeTypeOf } from "./nodeTypes";
import { element, ScriptDialog } from "./ui";
import { allExtensions, callInTurn, reportTo } from "./registry";

const report = (sentence: string) => notify({ kind: "bad", text: sentence });

/** Loads the scripts of packs; each may fail by itself. Afterwards `init` of all of them has run. */
export async function loadExtensions(): Promise<void> {
  reportTo(report);
  Object.assign(window, {
    app,
    comfyAPI: { app: { app, ComfyApp: app.constructor }, api: { api: scriptApi }, ui: { $el: element, ComfyDialog: ScriptDialog }, widgets: { ComfyWidgets: {} } },
  });
  const [paths] = await Promise.all([api.extensions().catch(() => []), loadPackSettings()]);
  await Promise.all(
    paths.filter((path) => !path.includes("extensions/core")).map((path) => import(/* @vite-ignore */ path).catch((error: unknown) => report(`${path}: ${error instanceof Error ? error.message : String(error)}`))),
  );
  await callInTurn("init", (extension) => extension.init?.(app));
}

/** Lets scripts change the declarations of nodes before the editor reads them. */
export async function amendDeclarations(info: Record<string, unknown>): Promise<void> {
  if (allExtensions().length === 0) return;
  await callInTurn("addCustomNodeDefs", (extension) => extension.addCustomNodeDefs?.(info, app));
  for (const [name, declaration] of Object.entries(info) as [string, Record<string, unknown>][]) {
    const nodeType = nodeTypeOf(name, declaration);
    await callInTurn("beforeRegisterNodeDef", (extension) => extension.beforeRegisterNodeDef?.(nodeType, declaration, app));
    markScripted(declaration);
  }
  await callInTurn("registerCustomNodes", (extension) => extension.registerCustomNodes?.(app));
}

/** The editor stands: nodes live, and scripts may set themselves up. */
export async function setUpExtensions(): Promise<void> {
  if (allExtensions().length > 0) followNodes(app);
  await callInTurn("setup", (extension) => extension.setup?.(app));
}
