import { api } from "../api/client";
import { clientId } from "../api/identity";
import { t } from "../i18n";
import { listenForKeys, registerActions } from "./actions";
import { startAutosave } from "./autosave";
import { forgetBlueprints } from "./blueprints";
import { startFollowing } from "./following";
import { onServerEvent } from "./bus";
import { setCatalogue } from "./make";
import { forgetModels } from "./models";
import { attempt, notify } from "./notify";
import { useSession } from "./session";
import { startSettings } from "./settings";
import { shellActions } from "./shellActions";
import { openFirst } from "./templates";
import { findUser } from "./user";

/** Everything that happens when the page opens, in its order: settings, nodes, what was open, the server's messages. */
export async function boot(): Promise<void> {
  await findUser();
  startSettings();
  registerActions(shellActions);
  listenForKeys();
  const client = await clientId();
  useSession.setState({ client });
  const extensions = await import("../extensions/load");
  await extensions.loadExtensions();
  await loadCatalogue();
  const hasDrafts = (await attempt(() => startAutosave(client))) ?? false;
  if (!hasDrafts) await openFirst();
  startFollowing(client);
  void extensions.setUpExtensions();
  followPacks();
  useSession.subscribe((now, before) => {
    if (now.connection === "open" && before.connection !== "open" && now.info === null) void loadCatalogue();
  });
}

/** The server loaded a pack anew: its nodes are read again, and the open workflows stay as they are. */
function followPacks(): void {
  let soon: ReturnType<typeof setTimeout> | undefined;
  onServerEvent(({ type, data }) => {
    if (type !== "graphcore.pack_reloaded") return;
    const name = String(data.name);
    if (typeof data.problem === "string" && data.problem !== "") notify({ kind: "bad", text: t("shell.packFailed", { name, problem: data.problem }) });
    else notify({ kind: "info", text: t("shell.packReloaded", { name }) });
    clearTimeout(soon);
    soon = setTimeout(() => void loadCatalogue(), 200); // several packs at once are read once
  });
}

/** Asks for the nodes again, as after a pack was installed. */
export async function loadCatalogue(): Promise<void> {
  forgetModels();
  forgetBlueprints();
  try {
    const info = await api.objectInfo();
    await (await import("../extensions/load")).amendDeclarations(info);
    const catalogue = setCatalogue(info);
    for (const tab of useSession.getState().tabs) tab.workflow.editor.commands.setCatalogue(catalogue);
    useSession.setState({ info });
  } catch {
    notify({ kind: "bad", text: t("shell.noCatalogue"), action: { label: t("shell.retry"), run: () => void loadCatalogue() } });
  }
}
