import { create } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Connection } from "../api/socket";
import type { JsonObject, ObjectInfo } from "../api/wire";
import { IDLE, type RunState } from "../model/run";
import { makeWorkflow } from "./make";
import type { OpenWorkflow } from "./workflow";

/** An open workflow. */
export interface Tab {
  id: string;
  title: string;
  /** Where it is saved on the server, below the folder of workflows. */
  path: string | null;
  workflow: OpenWorkflow;
  run: StoreApi<RunState>;
  /** The revision that was saved last; -1 where it was never saved. */
  savedRevision: number;
}

interface Session {
  client: string;
  connection: Connection;
  info: ObjectInfo | null;
  tabs: readonly Tab[];
  active: string | null;
  /** Whether the strip of templates still lies over a first visit's canvas. */
  isFresh: boolean;
}

export const useSession = create<Session>()(() => ({ client: "", connection: "connecting", info: null, tabs: [], active: null, isFresh: false }));

export interface Opening {
  title: string;
  path?: string | null;
  id?: string;
  isDirty?: boolean;
}

export function openTab(source: string | JsonObject, { title, path = null, id = makeId(), isDirty = false }: Opening): Tab {
  const workflow = makeWorkflow(source);
  const tab: Tab = { id, title, path, workflow, run: createStore(() => IDLE), savedRevision: isDirty ? -1 : workflow.revision() };
  useSession.setState(({ tabs }) => ({ tabs: [...tabs, tab], active: id }));
  return tab;
}

export function activeTab(): Tab | null {
  const { tabs, active } = useSession.getState();
  return tabs.find((tab) => tab.id === active) ?? null;
}

export function useActiveTab(): Tab | null {
  return useSession(({ tabs, active }) => tabs.find((tab) => tab.id === active) ?? null);
}

export function showTab(id: string): void {
  useSession.setState({ active: id });
}

export function changeTab(id: string, change: Partial<Pick<Tab, "title" | "path" | "savedRevision">>): void {
  useSession.setState(({ tabs }) => ({ tabs: tabs.map((tab) => (tab.id === id ? { ...tab, ...change } : tab)) }));
}

/** Closes a tab; the one beside it is shown. */
export function closeTab(id: string): void {
  useSession.setState(({ tabs, active }) => {
    const at = tabs.findIndex((tab) => tab.id === id);
    const left = tabs.filter((tab) => tab.id !== id);
    return { tabs: left, active: active === id ? ((left[at] ?? left.at(-1))?.id ?? null) : active };
  });
}

export function isDirty(tab: Tab): boolean {
  return tab.workflow.revision() !== tab.savedRevision;
}

function makeId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// -- which job is whose -------------------------------------------------------------------------------------------

interface JobOwner {
  tab: string;
  title: string;
}

const owners = new Map<string, JobOwner>();
const KEY = "graphcore.jobs";
const KEPT = 300;

/** Remembers which workflow a job runs; the names outlive a reload. */
export function rememberJob(job: string, tab: Pick<Tab, "id" | "title">): void {
  if (owners.size === 0) recall();
  owners.set(job, { tab: tab.id, title: tab.title });
  keepOwners();
}

/** A job that the server did not take. */
export function forgetJob(job: string): void {
  owners.delete(job);
  keepOwners();
}

function keepOwners(): void {
  localStorage.setItem(KEY, JSON.stringify([...owners].slice(-KEPT)));
}

function recall(): void {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]") as [string, JobOwner][];
    for (const [job, owner] of found) owners.set(job, owner);
  } catch {
    // Names of old jobs are a comfort only.
  }
}

export function titleOfJob(job: string): string | undefined {
  if (owners.size === 0) recall();
  return owners.get(job)?.title;
}

export function tabOfJob(job: string): Tab | undefined {
  if (owners.size === 0) recall();
  const owner = owners.get(job)?.tab;
  return useSession.getState().tabs.find((tab) => tab.id === owner);
}

/** The job that a tab started last; known at once after a reload, while its draft may lag behind. */
export function lastJobOf(tab: string): string | null {
  if (owners.size === 0) recall();
  return [...owners].findLast(([, owner]) => owner.tab === tab)?.[0] ?? null;
}
