import { create } from "zustand";
import { useText } from "../../i18n";
import { useEditor, useEditorState } from "./context";
import { typeColour } from "./look";
import { Picker, type PickerItem } from "./Picker";
import { match } from "../../model/search";
import type { Editor } from "../../commands";
import type { Shape } from "../../model/shape";
import { typeLabel } from "../../model/types";

export const useWireMenu = create<{ place: { x: number; y: number; node: string } | null }>()(() => ({ place: null }));

const SPLIT = "\u0000";

/** Every wire that a node could have, as a list: the way to connect without a mouse. */
export function WireMenu() {
  const t = useText();
  const editor = useEditor();
  const place = useWireMenu((state) => state.place);
  useEditorState((state) => state.revision);
  if (!place) return null;
  const close = () => useWireMenu.setState({ place: null });
  const wires = possibleWires(editor, place.node);
  return (
    <Picker
      x={place.x}
      y={place.y}
      label={t("canvas.wireTo")}
      empty={t("canvas.noWires")}
      items={(query) => wires.flatMap((wire) => {
        const hit = query === "" ? { marks: [] } : match(query, wire.title);
        return hit ? [{ ...wire, marks: hit.marks }] : [];
      })}
      onPick={(key) => {
        const [origin = "", output = "", target = "", input = ""] = key.split(SPLIT);
        editor.commands.connect({ origin, output: Number(output), target, input });
        close();
      }}
      onClose={close}
    />
  );
}

function possibleWires(editor: Editor, id: string): PickerItem[] {
  const own = editor.core.shape(id);
  if (!own) return [];
  const found: (PickerItem & { rank: number })[] = [];
  const named = nameOf(editor);
  for (const node of editor.core.graph.nodes) {
    const other = String(node.id) === id ? undefined : editor.core.shape(String(node.id));
    if (!other) continue;
    for (const [from, to] of [[other, own], [own, other]] as const) {
      for (const output of from.outputs) {
        for (const input of to.inputs) {
          if (input.hasWidget && output.type !== input.type) continue;
          if (editor.commands.refusal({ origin: from.id, output: output.slot, target: to.id, input: input.name })) continue;
          const isOwn = to === own;
          const giver = from.outputs.length === 1 ? named(from) : `${named(from)}: ${output.label}`; // one output needs no name
          const title = isOwn ? `${input.label} ← ${giver}` : `${output.label} → ${named(to)}: ${input.label}`;
          const rank = (input.link === null ? 0 : 4) + (input.optional || input.hasWidget ? 2 : 0) + (isOwn ? 0 : 1) + (output.type === input.type ? 0 : 3);
          found.push({ key: [from.id, output.slot, to.id, input.name].join(SPLIT), title, detail: typeLabel(output.type), colour: typeColour(output.type), rank });
        }
      }
    }
  }
  return found.sort((one, another) => one.rank - another.rank);
}

/** Titles of nodes; where several have the same, each with its number. */
function nameOf(editor: Editor): (shape: Shape) => string {
  const counts = new Map<string, number>();
  for (const node of editor.core.graph.nodes) {
    const title = editor.core.shape(String(node.id))?.title ?? "";
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  return ({ id, title }) => ((counts.get(title) ?? 0) > 1 ? `${title} #${id}` : title);
}
