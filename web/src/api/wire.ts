/** What the server and the editor say to each other, as docs/http-api.md has it. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A file that the server can show. */
export interface FileRef {
  filename: string;
  subfolder?: string;
  type?: "output" | "input" | "temp";
}

/** Class name -> declaration. `model/catalogue.ts` reads it. */
export type ObjectInfo = Record<string, unknown>;

export type JobState =
  | "queued"
  | "paused"
  | "running"
  | "cancelling"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "quarantined";

export const WAITING: readonly JobState[] = ["queued", "paused"];
export const OPEN: readonly JobState[] = ["queued", "paused", "running", "cancelling"];

export interface JobFile extends FileRef {
  size?: number;
  sha256?: string;
  node?: string;
}

/** A job in a list. Times are seconds since the epoch. */
export interface JobSummary {
  id: string;
  state: JobState;
  number: number;
  client_id: string | null;
  attempt: number;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  error: JobError | null;
  node_errors: NodeErrors;
  files: JobFile[];
}

export interface JobError {
  message?: string;
  exception_message?: string;
  node_id?: string;
  [key: string]: unknown;
}

export interface Job extends JobSummary {
  prompt: JsonObject;
  /** The outputs that it makes. */
  targets: string[];
  extra: { extra_pnginfo?: { workflow?: JsonObject }; [key: string]: Json | undefined };
  outputs: Record<string, NodeOutput>;
  meta: Record<string, { display_node?: string; node_id?: string }>;
}

/** What a node shows: `images`, `audio`, `text`, ... each a list. */
export type NodeOutput = Record<string, unknown[]>;

export interface FoundProblem {
  type: string;
  message: string;
  details: string;
  extra_info: { input_name?: string; [key: string]: unknown };
}

export type NodeErrors = Record<
  string,
  { errors: FoundProblem[]; class_type: string; dependent_outputs: string[] }
>;

/** A refused prompt. */
export interface Refusal {
  error: { type: string; message: string; details: string; extra_info: Record<string, unknown> };
  node_errors: NodeErrors;
}

/** A message of the socket, or an event of a job; `number` only where it comes from the list of events. */
export interface ServerEvent {
  type: string;
  data: Record<string, unknown>;
  number?: number;
}

export interface PreviewEvent {
  type: "preview";
  blob: Blob;
  node: string | null;
  job: string | null;
}

/** A file below a user's folder. Times in seconds (or milliseconds from newer servers). */
export interface UserFile {
  path: string;
  size: number;
  modified: number;
}

/** A subgraph that a pack ships. */
export interface ShippedSubgraph {
  source: string;
  name: string;
  info: { node_pack: string };
}

export interface ModelFile {
  name: string;
  pathIndex: number;
  modified: number;
  size: number;
}

export interface SystemStats {
  system: { graphcore_version?: string; comfyui_version: string; python_version: string; ram_total: number; ram_free: number };
  devices: { name: string; type: string; vram_total: number; vram_free: number }[];
}
