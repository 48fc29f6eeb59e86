/** What others may ask of the canvas that is shown. */

import type { ReactFlowInstance } from "@xyflow/react";
import type { Editor } from "../../commands";
import { nodeBox } from "../../commands/groups";
import { openSearch as open } from "./searching";
import type { FlowEdge, FlowNode } from "./flow";
import { contentOf, viewAround } from "./views";

let shown: { flow: ReactFlowInstance<FlowNode, FlowEdge>; editor: Editor; element: HTMLElement } | null = null;

/** Makes a canvas the one that is asked; gives what takes it away. */
export function showCanvas(flow: ReactFlowInstance<FlowNode, FlowEdge>, editor: Editor, element: HTMLElement): () => void {
  const mine = { flow, editor, element };
  shown = mine;
  return () => {
    if (shown === mine) shown = null;
  };
}

export function shownEditor(): Editor | null {
  return shown?.editor ?? null;
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Goes to a node, also into the subgraph that it is in: an execution id leads there (`12:3`). */
export function centre(id: string): void {
  if (!shown) return;
  const { editor } = shown;
  const path = id.split(":");
  if (path.length > 1 || (editor.state().path.length > 0 && !editor.core.node(id))) {
    editor.commands.leave(0);
    for (const instance of path.slice(0, -1)) editor.commands.enter(instance);
  }
  const own = path.at(-1) ?? id;
  if (!editor.core.node(own)) return;
  editor.commands.select([own]);
  const { x, y, width, height } = nodeBox(editor.core, own);
  void shown.flow.setCenter(x + width / 2, y + height / 2, { zoom: Math.max(shown.flow.getZoom(), 0.8), duration: calm() ? 0 : 120 });
}

/** Moves the view to a node that lies outside of it. */
export function reveal(id: string): void {
  if (!shown) return;
  const { flow, editor, element } = shown;
  const { x, y, width, height } = nodeBox(editor.core, id);
  const [start, end, view] = [flow.flowToScreenPosition({ x, y }), flow.flowToScreenPosition({ x: x + width, y: y + height }), element.getBoundingClientRect()];
  if (start.x >= view.left && start.y >= view.top && end.x <= view.right && end.y <= view.bottom) return;
  void flow.setCenter(x + width / 2, y + height / 2, { zoom: flow.getZoom(), duration: calm() ? 0 : 120 });
}

/** Fits everything, or what is selected, into the view. */
export function fit(ids?: Iterable<string>): void {
  if (!shown) return;
  void shown.flow.setViewport(viewAround(contentOf(shown.editor, ids), shown.element), { duration: calm() ? 0 : 120 });
}

/** The middle of the view: on the screen, and in the graph. */
export function middle(): { screen: { x: number; y: number }; graph: [number, number] } {
  const box = shown?.element.getBoundingClientRect();
  const screen = box ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : { x: 0, y: 0 };
  const at = shown?.flow.screenToFlowPosition(screen) ?? screen;
  return { screen, graph: [at.x, at.y] };
}

export function openSearch(): void {
  const { x, y } = middle().screen;
  open({ x: x - 160, y: y - 160, joint: null, isFree: true });
}

export function zoomBy(factor: number): void {
  void shown?.flow.zoomTo(shown.flow.getZoom() * factor, { duration: calm() ? 0 : 120 });
}

export function zoomTo(zoom: number): void {
  void shown?.flow.zoomTo(zoom, { duration: calm() ? 0 : 120 });
}

/** Where a node is on the screen. */
export function placeOf(id: string): { x: number; y: number } {
  if (!shown) return { x: 0, y: 0 };
  const { x, y, width } = nodeBox(shown.editor.core, id);
  return shown.flow.flowToScreenPosition({ x: x + width, y });
}

/** Puts the keyboard into the first widget of a node. */
export function editFirstWidget(id: string): void {
  const node = shown?.element.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
  const field = node?.querySelector<HTMLElement>(".widget input, .widget textarea, .widget button, .widget [tabindex='0']");
  if (field) field.focus();
  else node?.querySelector<HTMLElement>(".note")?.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
}
