/** Walking the graph by keys: along wires to the left and right, among neighbours up and down. */

import type { Editor } from "../../commands";
import { nodeBox } from "../../commands/groups";
import { linksInto, linksOutOf } from "../../model/graph";

export type Way = "left" | "right" | "up" | "down";

/** The node that an arrow leads to; null where the way ends. */
export function nextNode(editor: Editor, from: string, way: Way): string | null {
  const graph = editor.core.graph;
  const ids = way === "left" ? linksInto(graph, from).map((link) => link.origin) : way === "right" ? linksOutOf(graph, from).map((link) => link.target) : [];
  const alongWire = ids.find((id) => editor.core.node(id));
  return alongWire ?? nearest(editor, from, way);
}

/** The nearest node in a direction; what lies aside counts as farther. */
function nearest(editor: Editor, from: string, way: Way): string | null {
  const middle = (id: string) => {
    const { x, y, width, height } = nodeBox(editor.core, id);
    return [x + width / 2, y + height / 2] as const;
  };
  const [x, y] = middle(from);
  let best: { id: string; cost: number } | null = null;
  for (const node of editor.core.graph.nodes) {
    const id = String(node.id);
    if (id === from) continue;
    const [dx, dy] = [middle(id)[0] - x, middle(id)[1] - y];
    const [along, aside] = way === "left" ? [-dx, dy] : way === "right" ? [dx, dy] : way === "up" ? [-dy, dx] : [dy, dx];
    if (along <= 0) continue;
    const cost = along + 2 * Math.abs(aside);
    if (!best || cost < best.cost) best = { id, cost };
  }
  return best?.id ?? null;
}

/** Selects the node that an arrow leads to, or the first one if none is selected. */
export function walk(editor: Editor, way: Way): string | null {
  const from = [...editor.state().selection].at(-1);
  const next = from === undefined ? String(editor.core.graph.nodes[0]?.id ?? "") : nextNode(editor, from, way);
  if (!next) return null;
  editor.commands.select([next]);
  return next;
}
