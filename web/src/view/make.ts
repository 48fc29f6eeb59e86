import type { JsonObject } from "../api/wire";
import type { OpenWorkflow } from "./workflow";

/** An open workflow from a document. */
export function makeWorkflow(source: string | JsonObject): OpenWorkflow {
  const json = typeof source === "string" ? (JSON.parse(source) as JsonObject) : source;
  const nothing = () => undefined;
  return {
    json: () => json,
    text: () => (typeof source === "string" ? source : JSON.stringify(json, null, 2)),
    revision: () => 0,
    subscribe: () => nothing,
    undo: nothing,
    redo: nothing,
    canUndo: () => false,
    canRedo: () => false,
    selection: () => [],
    select: nothing,
    addNode: nothing,
    typeOf: (id) => id,
    setValue: nothing,
    missing: () => ({ nodes: [], models: [] }),
    titleOf: (id) => id,
    centre: nothing,
    afterQueued: nothing,
  };
}
