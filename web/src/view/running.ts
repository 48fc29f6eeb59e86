import { api } from "../api/client";
import { RequestFailed } from "../api/http";
import { OPEN, type JsonObject, type Refusal } from "../api/wire";
import { t } from "../i18n";
import type { GraphJson } from "../model/graph";
import { aimAt } from "../model/here";
import { applyEvent } from "../model/run";
import { uuid } from "../model/subgraph";
import { beginJob, planJob } from "./following";
import { refreshJobs, useJobs } from "./jobs";
import { notify } from "./notify";
import { showPanel } from "./panels";
import { useScripted } from "./scripted";
import { activeTab, forgetJob, rememberJob, useSession, type Tab } from "./session";

export interface RunOptions {
  count?: number;
  front?: boolean;
  /** Run these nodes of the graph that is shown and what they need, and nothing else. */
  here?: readonly string[];
}

/** Queues the active workflow, `count` times. What is wrong with it opens the list of problems. */
export async function runActive({ count = 1, front = false, here }: RunOptions = {}): Promise<void> {
  const tab = activeTab();
  if (!tab) return;
  for (let turn = 0; turn < count; turn++) {
    if (!(await submit(tab, front, here))) return;
    tab.workflow.afterQueued();
  }
}

async function submit(tab: Tab, front: boolean, here: readonly string[] | undefined): Promise<boolean> {
  const job = uuid(); // chosen here, so that the first messages of a quick run find their tab
  const before = tab.run.getState();
  const isFree = before.phase !== "running" && before.phase !== "queued";
  rememberJob(job, tab);
  if (isFree) beginJob(tab, job);
  try {
    const { prompt, targets } = await aimed(tab, here);
    await api.submit({ job, workflow: tab.workflow.json(), prompt, clientId: useSession.getState().client, front, targets });
    if (isFree) void planJob(tab, job);
    refreshJobs();
    return true;
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (isFree) tab.run.setState(before, true);
    forgetJob(job);
    refuse(tab, error);
    return false;
  }
}

/** What is sent to run: as scripts of packs prepare it, and aimed at some nodes only. */
async function aimed({ workflow: { editor } }: Tab, here: readonly string[] | undefined): Promise<{ prompt: JsonObject; targets?: string[] }> {
  const prompt = await useScripted.getState().scripts.prepared(editor);
  if (!here) return { prompt };
  const { graphId, path, catalogue } = editor.state();
  const { root, targets } = aimAt(prompt as unknown as GraphJson, graphId, path, here, catalogue);
  return { prompt: root as unknown as JsonObject, targets: [...targets] };
}

function refuse(tab: Tab, error: RequestFailed): void {
  const body = error.body as Partial<Refusal> | null;
  const errors = body?.node_errors ?? {};
  tab.run.setState(applyEvent(tab.run.getState(), { type: "refused", data: { node_errors: errors } }, Date.now()), true);
  if (Object.keys(errors).length > 0) showPanel({ problems: true });
  else notify({ kind: "bad", text: error.isOffline ? t("run.offline") : error.message });
}

/** Stops what runs of the active workflow, or takes back what waits of it. */
export async function stopActive(): Promise<void> {
  const job = activeTab()?.run.getState().job;
  const open = useJobs.getState().open;
  const target = open.find((each) => each.id === job) ?? open.find((each) => each.state === "running");
  if (!target || !OPEN.includes(target.state)) return;
  await api.change(target.id, "cancel").catch((error: unknown) => notify({ kind: "bad", text: String(error instanceof Error ? error.message : error) }));
  refreshJobs();
}
