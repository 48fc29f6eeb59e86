import { clipTexts, copyOf, paste, readClip, type Clip } from "../model/clipboard";
import { around, groupBox } from "../model/geometry";
import { positionOf } from "../model/graph";
import { removeNodes } from "../model/edit";
import { nodeBox } from "./groups";
import type { Core } from "./core";

export const copyCommands = (core: Core) => ({
  /** The clipboard's texts for what is selected; null if nothing is. */
  copy(): { plain: string; html: string } | null {
    const clip = selected(core);
    return clip && clipTexts(clip);
  },

  cut(): { plain: string; html: string } | null {
    const texts = this.copy();
    if (texts) core.change("cut", (graph) => removeNodes(graph, core.state.selection), { select: [] });
    return texts;
  },

  /** Puts a clipboard's nodes around a place; false if it holds none. `outside`: with the wires that came in from others. */
  paste(texts: { plain?: string; html?: string }, middle: [number, number], outside = false): boolean {
    const clip = readClip(texts);
    if (!clip || clip.nodes.length + clip.groups.length === 0) return false;
    const box = around([...clip.nodes.map((node) => ({ x: positionOf(node)[0], y: positionOf(node)[1], width: 210, height: 60 })), ...clip.groups.map(groupBox)]);
    if (box) insert(core, clip, [Math.round(middle[0] - box.x - box.width / 2), Math.round(middle[1] - box.y - box.height / 2)], outside);
    return true;
  },

  /** Copies what is selected beside it, with the wires that come in. */
  duplicate(): void {
    const clip = selected(core);
    const box = around([...core.state.selection].map((id) => nodeBox(core, id)));
    if (clip && box) insert(core, clip, [30, Math.round(box.height) + 30], true);
  },
});

function selected(core: Core): Clip | null {
  const { selection, graphId, group } = core.state;
  const groups = core.graph.groups ?? [];
  const chosen = group === null ? [] : groups.slice(group, group + 1);
  return selection.size + chosen.length > 0 ? copyOf(core.root, graphId, selection, chosen) : null;
}

function insert(core: Core, clip: Clip, offset: [number, number], outside: boolean): void {
  const pasted = paste(core.root, core.state.graphId, clip, offset, outside);
  core.changeRoot("paste", () => pasted.root, { select: pasted.ids });
}
