import type { JsonObject } from "../api/wire";
import type { Editor } from "../commands";

/** What the server lacks for a workflow. */
export interface Missing {
  nodes: readonly { type: string; pack: string | null; count: number }[];
  models: readonly { id: string; title: string; input: string; value: string; near: readonly string[] }[];
}

/** What the shell asks of an open workflow. `commands.ts` makes it. */
export interface OpenWorkflow {
  editor: Editor;
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
  typeOf: (id: string) => string;
  setValue: (id: string, input: string, value: string) => void;
  missing: () => Missing;
  titleOf: (id: string) => string;
  /** Steps seeds and the like, as after every queued run. */
  afterQueued: () => void;
}
