import { api } from "../api/client";
import { Socket, socketUrl, type Connection } from "../api/socket";
import { OPEN, type PreviewEvent, type ServerEvent } from "../api/wire";
import { neededBy } from "../model/needed";
import { applyEvent, type RunEvent, type RunState } from "../model/run";
import { emitServerEvent } from "./bus";
import { refreshJobs } from "./jobs";
import { announceEnd } from "./announce";
import { attempt } from "./notify";
import { rememberJob, tabOfJob, useSession, type Tab } from "./session";

const ENDS = new Set(["execution_success", "execution_error", "execution_interrupted"]);

/** Begins to listen to the server for as long as the page lives. */
export function startFollowing(client: string): Socket {
  const socket = new Socket(socketUrl(client), { event: hear, preview: see, text: (event) => hear({ type: event.type, data: { ...event } }), connection: changed });
  socket.open();
  window.addEventListener("online", () => socket.retry());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) socket.retry();
  });
  return socket;
}

function changed(connection: Connection): void {
  const before = useSession.getState().connection;
  useSession.setState({ connection });
  if (connection !== "open") return;
  refreshJobs();
  if (before !== "open") void catchUp();
}

function hear(event: ServerEvent): void {
  emitServerEvent(event);
  if (event.type === "status") refreshJobs();
  const job = event.data.prompt_id;
  if (typeof job !== "string") return;
  const tab = tabOfJob(job);
  if (!tab) return;
  if (event.type === "execution_start" && tab.run.getState().job !== job) {
    beginJob(tab, job);
    void planJob(tab, job);
  }
  apply(tab, event, Date.now());
  if (ENDS.has(event.type)) announceEnd(tab, event);
}

const previews = new WeakMap<Tab["run"], string>();

function see({ blob, node, job }: PreviewEvent): void {
  const tab = job === null ? undefined : tabOfJob(job);
  if (!tab || tab.run.getState().job !== job) return;
  const url = URL.createObjectURL(blob);
  const old = previews.get(tab.run);
  previews.set(tab.run, url);
  apply(tab, { type: "preview", data: { prompt_id: job, node: node ?? tab.run.getState().current, url } }, Date.now());
  if (old) setTimeout(() => URL.revokeObjectURL(old), 500);
}

/** Live messages that came while a tab asked for what it missed: they are applied after that. */
const arrived = new Map<string, [RunEvent, number][]>();

function apply(tab: Tab, event: RunEvent, now: number): void {
  arrived.get(tab.id)?.push([event, now]);
  const state = tab.run.getState();
  const next = applyEvent(state, event, now);
  if (next !== state) tab.run.setState(next, true);
}

/** Has a tab show a job that has not begun. Which nodes it has is known once the server has read it. */
export function beginJob(tab: Tab, job: string): void {
  apply(tab, { type: "submitted", data: { prompt_id: job, nodes: [] } }, Date.now());
}

/** Asks which nodes a job has that a tab has shown from its beginning. */
export async function planJob(tab: Tab, job: string): Promise<void> {
  const found = await attempt(() => api.job(job));
  if (found) apply(tab, { type: "planned", data: { prompt_id: job, nodes: neededBy(found.prompt, found.targets) } }, Date.now());
}

/** Brings a tab's run to where the job is, from the job's whole list of events; live messages go on from there. */
export async function followJob(tab: Tab, job: string): Promise<void> {
  rememberJob(job, tab);
  const later: [RunEvent, number][] = [];
  arrived.set(tab.id, later);
  try {
    const [found, events] = await Promise.all([api.job(job), api.eventsOf(job)]);
    let state: RunState = applyEvent(tab.run.getState(), { type: "submitted", data: { prompt_id: job, nodes: neededBy(found.prompt, found.targets) } }, Date.now());
    for (const event of events) state = applyEvent(state, event, event.number === undefined ? Date.now() : event.number / 1000);
    state = applyEvent(state, { type: "caughtUp", data: { prompt_id: job } }, Date.now());
    if (!OPEN.includes(found.state)) state = applyEvent(state, { type: "outputs", data: { prompt_id: job, outputs: found.outputs } }, Date.now());
    for (const [event, now] of later) state = applyEvent(state, event, now);
    tab.run.setState(state, true);
  } catch {
    // Not there any more, or offline; the next connection asks again.
  } finally {
    if (arrived.get(tab.id) === later) arrived.delete(tab.id);
  }
}

/** After a loss of the connection: what happened to the jobs of the open tabs meanwhile. */
async function catchUp(): Promise<void> {
  for (const tab of useSession.getState().tabs) {
    const { job, phase } = tab.run.getState();
    if (job !== null && (phase === "queued" || phase === "running")) await followJob(tab, job);
  }
}
