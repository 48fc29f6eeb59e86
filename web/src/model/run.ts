/**
 * What a run says of each node: queued, running with progress, cached, done with its time, failed with its sentence.
 *
 * Nodes go by execution id: the path of subgraph instances and the node, joined by `:` (`12:3`).
 */

/** `idle` is a node that the run leaves out, and that shows what an earlier one gave. */
export type NodePhase = "idle" | "queued" | "running" | "cached" | "done" | "failed" | "interrupted";
export type RunPhase = "idle" | "queued" | "running" | "done" | "failed" | "interrupted";

/** What a node shows: `images`, `audio`, `text`, ... each a list. */
export type Shown = Record<string, unknown[]>;

/** Why a node did not run; `input` names the input at fault where one is. */
export interface NodeFailure {
  message: string;
  details: string;
  input: string | null;
}

/** Whether the details of a failure say more than its sentence and its input do. */
export function hasDetails({ message, details, input }: NodeFailure): boolean {
  return details !== "" && details !== message && details !== input;
}

export interface NodeRun {
  phase: NodePhase;
  value: number;
  max: number;
  /** Milliseconds since the epoch, and how many it took. */
  startedAt: number | null;
  took: number | null;
  failures: readonly NodeFailure[];
  shown: Shown | null;
  /** An object URL of the latest step's picture. */
  preview: string | null;
  /** A text that the node sent while it worked. */
  text: string | null;
}

export interface RunState {
  job: string | null;
  phase: RunPhase;
  startedAt: number | null;
  endedAt: number | null;
  /** The node that works now. */
  current: string | null;
  nodes: ReadonlyMap<string, NodeRun>;
}

/** A message of the server, or one of the editor's own: `submitted`, `planned`, `caughtUp`, `refused`, `preview`, `outputs`, `cleared`. */
export interface RunEvent {
  type: string;
  data: Record<string, unknown>;
}

export const IDLE: RunState = { job: null, phase: "idle", startedAt: null, endedAt: null, current: null, nodes: new Map() };
const FRESH: NodeRun = { phase: "queued", value: 0, max: 0, startedAt: null, took: null, failures: [], shown: null, preview: null, text: null };

/**
 * The state after an event; the same object where nothing changed. `now` is in milliseconds.
 *
 * Events of a job other than the state's are left out; the caller says which job it follows:
 * `submitted {prompt_id, nodes}` starts a run of the nodes that will run, `planned {nodes}` names those where they are
 * known only later, `caughtUp {}` follows a replay of what was missed, `refused {node_errors}` marks what is wrong.
 */
export function applyEvent(state: RunState, { type, data }: RunEvent, now: number): RunState {
  if (type === "submitted") return submitted(state, data);
  if (type === "refused") return refused(state, data);
  if (type === "cleared") return IDLE;
  if (typeof data.prompt_id === "string" && data.prompt_id !== state.job) return state;
  switch (type) {
    case "planned":
      return planned(state, strings(data.nodes), now);
    case "caughtUp":
      return caughtUp(state);
    case "execution_start":
      return { ...state, phase: "running", startedAt: number(data.timestamp) ?? now, endedAt: null };
    case "execution_cached":
      return each(state, strings(data.nodes), (node) => ({ ...node, phase: "cached" }));
    case "executing":
      return executing(state, data, now);
    case "progress":
      return each(state, [String(data.node)], (node) => ({ ...node, value: number(data.value) ?? 0, max: number(data.max) ?? 0 }));
    case "progress_state":
      return progressed(state, data, now);
    case "progress_text":
      return each(state, [String(data.node)], (node) => ({ ...node, text: String(data.text) }));
    case "preview":
      return typeof data.node === "string" ? each(state, [data.node], (node) => ({ ...node, preview: String(data.url) })) : state;
    case "executed":
      return executed(state, data, now);
    case "outputs":
      return Object.entries(data.outputs ?? {}).reduce((known, [node, shown]) => each(known, [node], (run) => ({ ...run, shown: shown as Shown })), state);
    case "execution_error":
      return failed(state, data, now);
    case "execution_interrupted":
      return ended(state, "interrupted", now);
    case "execution_success":
      return ended(state, "done", now);
    default:
      return state;
  }
}

function submitted(state: RunState, data: RunEvent["data"]): RunState {
  const nodes = new Map<string, NodeRun>();
  for (const id of strings(data.nodes)) nodes.set(id, FRESH);
  // What a node showed stays to be seen until it shows something else.
  for (const [id, { shown }] of state.nodes) if (shown) nodes.set(id, { ...(nodes.get(id) ?? { ...FRESH, phase: "idle" }), shown });
  return { ...IDLE, job: String(data.prompt_id), phase: "queued", nodes };
}

function planned(state: RunState, ids: readonly string[], now: number): RunState {
  const nodes = new Map(ids.map((id): [string, NodeRun] => [id, begun(state.nodes.get(id) ?? FRESH)]));
  const next = { ...state, nodes: new Map([...state.nodes, ...nodes]) };
  return state.endedAt === null ? next : { ...ended(next, state.phase, now), endedAt: state.endedAt };
}

function begun(node: NodeRun): NodeRun {
  return node.phase === "idle" ? { ...node, phase: "queued" } : node;
}

/** The list of what was missed says when nodes began, not when they ended: only the latest is known to work still. */
function caughtUp(state: RunState): RunState {
  const nodes = [...state.nodes].map(([id, node]): [string, NodeRun] => [id, node.phase === "running" && id !== state.current ? { ...node, startedAt: null } : node]);
  return { ...state, nodes: new Map(nodes) };
}

function refused(state: RunState, data: RunEvent["data"]): RunState {
  const found = Object.entries((data.node_errors ?? {}) as Record<string, { errors?: Refused[] }>);
  const calm: RunState = { ...state, nodes: new Map([...state.nodes].filter(([, node]) => node.shown).map(([id, node]) => [id, { ...FRESH, phase: "idle", shown: node.shown }])) };
  const marked = found.reduce((known, [id, { errors = [] }]) => each(known, [id], (node) => ({ ...node, phase: "failed", failures: errors.map(failureOf) })), calm);
  return { ...marked, phase: "failed" };
}

interface Refused {
  message: string;
  details: string;
  extra_info?: { input_name?: string };
}

function failureOf({ message, details, extra_info }: Refused): NodeFailure {
  return { message, details, input: extra_info?.input_name ?? null };
}

function executing(state: RunState, data: RunEvent["data"], now: number): RunState {
  if (typeof data.node !== "string") return state.phase === "running" || state.phase === "queued" ? ended(state, "done", now) : { ...state, current: null };
  const next = each(state, [data.node], (node) => ({ ...node, phase: "running", startedAt: node.phase === "running" ? node.startedAt : now, failures: [] }));
  return { ...next, phase: "running", current: data.node };
}

function progressed(state: RunState, data: RunEvent["data"], now: number): RunState {
  const nodes = Object.entries((data.nodes ?? {}) as Record<string, { value: number; max: number; state: string }>);
  return nodes.reduce((known, [id, { value, max, state: phase }]) => {
    const before = known.nodes.get(id);
    if (phase === "finished") return before?.phase === "done" || before?.phase === "failed" ? known : each(known, [id], (node) => done({ ...node, value, max }, now));
    if (phase !== "running" || (before?.phase === "running" && before.value === value && before.max === max)) return known;
    return each(known, [id], (node) => ({ ...node, phase: "running", value, max, startedAt: node.phase === "running" ? node.startedAt : now }));
  }, state);
}

function executed(state: RunState, data: RunEvent["data"], now: number): RunState {
  const shown = (data.output ?? null) as Shown | null;
  return each(state, [String(data.node)], (node) => ({ ...done(node, now), shown: shown ?? node.shown, preview: null }));
}

/** A node that ended; how long it took is known where its beginning was seen. */
function done(node: NodeRun, now: number): NodeRun {
  if (node.phase === "done") return node;
  return { ...node, phase: "done", took: node.phase !== "running" || node.startedAt === null ? null : now - node.startedAt, preview: null };
}

function failed(state: RunState, data: RunEvent["data"], now: number): RunState {
  const failure = { message: text(data.exception_message) ?? "It failed.", details: text(data.exception_type) ?? "", input: text(data.input_name) };
  const marked = each(state, [String(data.node_id)], (node) => ({ ...node, phase: "failed", failures: [failure], preview: null }));
  return ended(marked, "failed", now);
}

function ended(state: RunState, phase: RunPhase, now: number): RunState {
  const nodes = new Map([...state.nodes].map(([id, node]): [string, NodeRun] => [id, settled(node, phase, now)]));
  return { ...state, phase, endedAt: now, current: null, nodes };
}

/** A node once the run is over: nothing is left running or waiting. */
function settled(node: NodeRun, phase: RunPhase, now: number): NodeRun {
  if (node.phase === "queued") return phase === "done" ? { ...node, phase: "cached" } : { ...node, phase: "interrupted" };
  if (node.phase !== "running") return node;
  return phase === "done" ? { ...done(node, now), took: null } : { ...node, phase: "interrupted", preview: null };
}

function each(state: RunState, ids: readonly string[], change: (node: NodeRun) => NodeRun): RunState {
  if (ids.length === 0) return state;
  const nodes = new Map(state.nodes);
  for (const id of ids) nodes.set(id, change(nodes.get(id) ?? FRESH));
  return { ...state, nodes };
}

/** What a subgraph instance shows: the liveliest of what is inside it. */
export function phaseInside(state: RunState, instance: string): NodePhase | null {
  const order: NodePhase[] = ["failed", "running", "interrupted", "queued", "done", "cached", "idle"];
  let best: NodePhase | null = null;
  for (const [id, { phase }] of state.nodes) {
    if (id.startsWith(`${instance}:`) && (best === null || order.indexOf(phase) < order.indexOf(best))) best = phase;
  }
  return best;
}

/** How far a run is: nodes done, nodes in all, and the share of the whole from 0 to 1. */
export function progressOf(state: RunState): { done: number; total: number; share: number } {
  let [finished, total, part] = [0, 0, 0];
  for (const { phase, value, max } of state.nodes.values()) {
    if (phase === "idle") continue;
    total++;
    if (phase === "done" || phase === "cached") finished++;
    else if (phase === "running" && max > 0) part += value / max;
  }
  return { done: finished, total, share: total === 0 ? 0 : (finished + part) / total };
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
