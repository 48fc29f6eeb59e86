import type { JsonObject, ObjectInfo } from "../api/wire";
import { createEditor, type Editor } from "../commands";
import { EMPTY_CATALOGUE, readCatalogue, type Catalogue } from "../model/catalogue";
import { packOf, type Problem } from "../model/problems";
import type { Missing, OpenWorkflow } from "./workflow";

let catalogue: Catalogue = EMPTY_CATALOGUE;

/** Reads the server's nodes; workflows that are opened from now on know them. */
export function setCatalogue(info: ObjectInfo): Catalogue {
  catalogue = readCatalogue(info);
  return catalogue;
}

/** An open workflow from a document. */
export function makeWorkflow(source: string | JsonObject): OpenWorkflow {
  const editor = createEditor(source, catalogue);
  const { store, commands, core } = editor;
  const titleOf = (id: string) => {
    const own = core.node(id.split(":").at(-1) ?? id);
    return own?.title ?? core.state.catalogue.types.get(own?.type ?? "")?.title ?? own?.type ?? id;
  };
  return {
    editor,
    json: () => editor.json(),
    text: editor.text,
    revision: () => store.getState().revision,
    subscribe: (listener) => store.subscribe(listener),
    undo: commands.undo,
    redo: commands.redo,
    canUndo: () => store.getState().log.done.length > 0,
    canRedo: () => store.getState().log.undone.length > 0,
    selection: () => [...store.getState().selection],
    typeOf: (id) => core.node(id)?.type ?? "",
    titleOf,
    setValue: (id, input, value) => commands.setValue(id, input, value),
    missing: () => missingOf(editor),
    afterQueued: () => commands.stepControls(),
  };
}

/** What the server lacks: node types with their packs, and files that no choice names. */
function missingOf(editor: Editor): Missing {
  const problems = editor.problems();
  const counts = new Map<string, { type: string; pack: string | null; count: number }>();
  for (const problem of problems.filter(({ code }) => code === "missingNode")) {
    const node = editor.core.node(problem.node);
    const type = problem.values.type ?? "";
    const known = counts.get(type) ?? { type, pack: (node && packOf(node)) || problem.values.pack || null, count: 0 };
    counts.set(type, { ...known, count: known.count + 1 });
  }
  return { nodes: [...counts.values()], models: problems.filter(isFile).map(modelOf) };
}

const FILE = /\.(safetensors|sft|ckpt|pth?|bin|gguf|onnx|png|jpe?g|webp|mp4|webm|mp3|wav|flac|ogg)$/i;

function isFile({ code, values }: Problem): boolean {
  return code === "notAChoice" && FILE.test(values.value ?? "");
}

function modelOf({ node, title, input, values, near }: Problem): Missing["models"][number] {
  return { id: node, title, input: input ?? "", value: values.value ?? "", near };
}
