/** What scripts of packs add to nodes and runs, as far as views need it. `extensions/living.ts` provides it. */

import { create } from "zustand";
import type { Editor } from "../commands";
import type { JsonObject } from "../api/wire";

export type AddedKind = "button" | "number" | "text" | "toggle" | "combo" | "element";

/** A widget that a script added to a node, beside those that its type declares. */
export interface AddedWidget {
  name: string;
  label: string;
  kind: AddedKind;
  value: unknown;
  choices: readonly string[];
  element: HTMLElement | null;
  /** What a press, or another value, does. */
  act: (value: unknown) => void;
}

export interface NodeExtras {
  added: readonly AddedWidget[];
  /** The element that a script draws for an input of a type of its own. */
  elementFor: (input: string) => HTMLElement | null;
  menu: () => readonly { title: string; run: () => void }[];
}

interface Scripts {
  extrasOf: (editor: Editor, id: string) => NodeExtras | null;
  /** The active workflow as the server shall run it, with what scripts say of their widgets. */
  prepared: (editor: Editor) => Promise<JsonObject>;
}

const NONE: Scripts = { extrasOf: () => null, prepared: (editor) => Promise.resolve(editor.json()) };

export const useScripted = create<{ scripts: Scripts; revision: number }>()(() => ({ scripts: NONE, revision: 0 }));

/** Has views look again at what scripts have added. */
export function scriptsChanged(): void {
  useScripted.setState(({ revision }) => ({ revision: revision + 1 }));
}

export function useExtras(editor: Editor, id: string): NodeExtras | null {
  useScripted((state) => state.revision);
  return useScripted((state) => state.scripts).extrasOf(editor, id);
}
