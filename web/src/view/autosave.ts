import { Drafts, mine, type Draft } from "./drafts";
import { isDirty, lastJobOf, openTab, showTab, useSession, type Tab } from "./session";
import { followJob } from "./following";

const PAUSE = 400; // ms after the last change

let drafts: Drafts | null = null;
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const watched = new Map<string, () => void>();

/** Brings back what was open, and keeps it from now on. Gives whether there was anything. */
export async function startAutosave(owner: string): Promise<boolean> {
  try {
    drafts = await Drafts.open();
  } catch {
    return false; // a private window without storage: there is nothing to keep drafts in
  }
  const found = mine(await drafts.all(), owner, await aliveClients());
  for (const draft of found) restore(draft);
  const active = found.find((draft) => draft.isActive) ?? found[0];
  if (active) showTab(active.id);
  useSession.subscribe((now, before) => {
    if (now.tabs !== before.tabs || now.active !== before.active) watch(owner);
    if (now.active === before.active) return;
    // At once, as a reload may follow: two drafts that both say that they were in front would be opened at the first.
    for (const id of [before.active, now.active]) if (id !== null) void keep(owner, id);
  });
  watch(owner);
  window.addEventListener("pagehide", () => flush(owner));
  return found.length > 0;
}

export async function forgetDraft(id: string): Promise<void> {
  clearTimeout(timers.get(id));
  watched.get(id)?.();
  watched.delete(id);
  await drafts?.remove(id);
}

function restore(draft: Draft): void {
  const tab = openTab(draft.text, { id: draft.id, title: draft.title, path: draft.path, isDirty: draft.isDirty });
  const job = lastJobOf(draft.id) ?? draft.job;
  if (job !== null) void followJob(tab, job);
}

/** Has every open tab saved soon, and again after each of its changes: at once when it is opened or run, as a reload may follow. */
function watch(owner: string): void {
  for (const tab of useSession.getState().tabs) {
    if (watched.has(tab.id)) {
      later(owner, tab.id);
      continue;
    }
    void keep(owner, tab.id);
    const ends = [
      tab.workflow.subscribe(() => later(owner, tab.id)),
      tab.run.subscribe((now, before) => {
        if (now.job !== before.job) void keep(owner, tab.id);
      }),
    ];
    watched.set(tab.id, () => ends.forEach((end) => end()));
  }
}

function later(owner: string, id: string): void {
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => void keep(owner, id), PAUSE));
}

async function keep(owner: string, id: string): Promise<void> {
  timers.delete(id);
  const { tabs, active } = useSession.getState();
  const place = tabs.findIndex((tab) => tab.id === id);
  const tab = tabs[place];
  if (tab) await drafts?.save(draftOf(tab, owner, place, active === id));
}

function flush(owner: string): void {
  for (const [id, timer] of timers) {
    clearTimeout(timer);
    void keep(owner, id);
  }
}

function draftOf(tab: Tab, owner: string, place: number, isActive: boolean): Draft {
  const { id, title, path } = tab;
  return { id, owner, place, title, path, text: tab.workflow.text(), isDirty: isDirty(tab), job: tab.run.getState().job, isActive };
}

/** The clients of browser tabs that are open: each holds a lock (see api/identity.ts). */
async function aliveClients(): Promise<Set<string>> {
  if (!("locks" in navigator)) return new Set();
  const { held = [] } = await navigator.locks.query();
  return new Set(held.map(({ name = "" }) => name.replace("graphcore.client.", "")));
}
