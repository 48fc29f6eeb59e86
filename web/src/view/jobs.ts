import { create } from "zustand";
import { api } from "../api/client";
import { OPEN, type FileRef, type JobSummary } from "../api/wire";
import { attempt } from "./notify";
import type { Shown } from "./panels";

const PAGE = 60;
const ENDED = ["succeeded", "failed", "cancelled", "quarantined"] as const;

/** The jobs of the server, as the queue and the gallery show them. */
interface Jobs {
  open: readonly JobSummary[];
  ended: readonly JobSummary[];
  total: number;
  isLoaded: boolean;
}

export const useJobs = create<Jobs>()(() => ({ open: [], ended: [], total: 0, isLoaded: false }));

let asked = 0;
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Asks the server again, soon; many calls become one. */
export function refreshJobs(): void {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    void load();
  }, 80);
}

async function load(): Promise<void> {
  const turn = ++asked;
  try {
    const length = Math.max(PAGE, useJobs.getState().ended.length);
    const [open, ended] = await Promise.all([api.jobs(OPEN, 1000), api.jobs(ENDED, length)]);
    if (turn !== asked) return; // a later answer is on its way
    useJobs.setState({ open: inOrder(open.jobs), ended: ended.jobs, total: ended.total, isLoaded: true });
  } catch {
    // Offline is shown by the state of the connection; the list is asked for again when it is back.
  }
}

export async function loadMoreJobs(): Promise<void> {
  const { ended } = useJobs.getState();
  const more = await attempt(() => api.jobs(ENDED, PAGE, ended.length));
  if (!more) return;
  const known = new Set(ended.map((job) => job.id));
  useJobs.setState({ ended: [...ended, ...more.jobs.filter((job) => !known.has(job.id))], total: more.total });
}

/** What runs first, then what waits in the order in which it will run. */
export function inOrder(jobs: readonly JobSummary[]): JobSummary[] {
  const waits = (job: JobSummary) => (job.state === "queued" || job.state === "paused" ? 1 : 0);
  return [...jobs].sort((one, other) => waits(one) - waits(other) || one.number - other.number || one.created_at - other.created_at);
}

/** A number that puts a job at `place` among those that wait, or null if it is there. */
export function numberFor(waiting: readonly JobSummary[], id: string, place: number): number | null {
  const from = waiting.findIndex((job) => job.id === id);
  if (from < 0 || from === place) return null;
  const others = waiting.filter((job) => job.id !== id);
  const before = others[place - 1]?.number;
  const after = others[place]?.number;
  if (before === undefined) return after === undefined ? null : after - 1;
  return after === undefined ? before + 1 : (before + after) / 2;
}

const MEDIA = /\.(png|jpe?g|webp|gif|avif|svg|mp4|webm|mov|mkv|mp3|wav|flac|ogg|opus)$/i;
const FILMS = /\.(mp4|webm|mov|mkv)$/i;
const SOUNDS = /\.(mp3|wav|flac|ogg|opus)$/i;

export type MediaKind = "image" | "video" | "audio";

export function mediaKind(file: FileRef): MediaKind {
  return FILMS.test(file.filename) ? "video" : SOUNDS.test(file.filename) ? "audio" : "image";
}

/** Everything to be seen of jobs, the latest first; a file that several jobs gave, as results that were kept do, once. */
export function galleryOf(jobs: readonly JobSummary[], kept = true): Shown[] {
  const found = new Map<string, Shown>();
  for (const job of jobs) {
    for (const file of job.files) {
      const key = `${file.type ?? "output"} ${file.subfolder ?? ""} ${file.filename}`;
      if (MEDIA.test(file.filename) && (!kept || file.type !== "temp") && !found.has(key)) found.set(key, { file, job: job.id });
    }
  }
  return [...found.values()];
}

export function sameFile(one: FileRef, other: FileRef): boolean {
  return one.filename === other.filename && (one.subfolder ?? "") === (other.subfolder ?? "") && (one.type ?? "output") === (other.type ?? "output");
}
