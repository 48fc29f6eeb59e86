import type { JsonObject } from "../api/wire";
import type { OpenWorkflow } from "./workflow";

/** An open workflow from a document. */
export function makeWorkflow(json: JsonObject): OpenWorkflow {
  const nothing = () => undefined;
  return {
    json: () => json,
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
