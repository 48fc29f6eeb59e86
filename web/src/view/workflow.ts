import type { JsonObject } from "../api/wire";

/** What the server lacks for a workflow. */
export interface Missing {
  nodes: readonly { type: string; pack: string | null; count: number }[];
  models: readonly { id: string; title: string; input: string; value: string; near: readonly string[] }[];
}

/** What the shell asks of an open workflow. `commands.ts` makes it. */
export interface OpenWorkflow {
  json: () => JsonObject;
  /** The file: what was not touched is written as it was read. */
  text: () => string;
  /** Grows with every change of the document. */
  revision: () => number;
  subscribe: (listener: () => void) => () => void;
  undo: () => void;
  redo: () => void;
  canUndo: () => boolean;
  canRedo: () => boolean;
  /** Ids of the selected nodes. */
  selection: () => readonly string[];
  select: (ids: readonly string[]) => void;
  addNode: (type: string) => void;
  typeOf: (id: string) => string;
  setValue: (id: string, input: string, value: string) => void;
  missing: () => Missing;
  titleOf: (id: string) => string;
  /** Brings a node into the middle of the view. */
  centre: (id: string) => void;
  /** Steps seeds and the like, as after every queued run. */
  afterQueued: () => void;
}
