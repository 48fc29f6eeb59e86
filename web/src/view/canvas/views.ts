/** Where each graph of each open workflow was looked at, so that coming back to it finds it as it was left. */

import { getViewportForBounds, type Viewport } from "@xyflow/react";
import type { Editor } from "../../commands";
import { nodeBox } from "../../commands/groups";
import { around, groupBox, type Box } from "../../model/geometry";

export const MIN_ZOOM = 0.05;
export const MAX_ZOOM = 4;
const MARGIN = 0.1; // of the view
const CLOSEST = 1.25; // a small graph is not blown up

const views = new WeakMap<Editor, Map<string, Viewport>>();

export function rememberView(editor: Editor, graphId: string, view: Viewport): void {
  const known = views.get(editor);
  if (known) known.set(graphId, view);
  else views.set(editor, new Map([[graphId, view]]));
}

export function viewOf(editor: Editor, area: { clientWidth: number; clientHeight: number }): Viewport {
  return views.get(editor)?.get(editor.state().graphId) ?? viewAround(contentOf(editor), area);
}

/** The view in which a box fills the area. */
export function viewAround(box: Box | null, { clientWidth, clientHeight }: { clientWidth: number; clientHeight: number }): Viewport {
  if (!box) return { x: clientWidth / 2, y: clientHeight / 2, zoom: 1 };
  return getViewportForBounds(box, clientWidth, clientHeight, MIN_ZOOM, CLOSEST, MARGIN);
}

/** The box around everything, or around some nodes. */
export function contentOf(editor: Editor, ids?: Iterable<string>): Box | null {
  const wanted = ids ? [...ids] : editor.core.graph.nodes.map((node) => String(node.id));
  const groups = ids ? [] : (editor.core.graph.groups ?? []).map(groupBox);
  return around([...wanted.map((id) => nodeBox(editor.core, id)), ...groups]);
}
