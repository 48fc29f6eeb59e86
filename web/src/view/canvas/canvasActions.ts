import { t } from "../../i18n";
import { BYPASSED, MUTED } from "../../model/graph";
import type { Action } from "../actions";
import { askToPublish } from "../blueprints";
import { centre, editFirstWidget, fit, middle, openSearch, placeOf, shownEditor, zoomBy, zoomTo } from "./handle";
import { walk, type Way } from "./walking";
import { useWireMenu } from "./WireMenu";
import type { Editor } from "../../commands";

const hasSelection = (): boolean => (shownEditor()?.state().selection.size ?? 0) > 0;
const hasCanvas = (): boolean => shownEditor() !== null;

/** An action on the editor that is shown. */
function on(act: (editor: Editor) => void): () => void {
  return () => {
    const editor = shownEditor();
    if (editor) act(editor);
  };
}

/** The only selected node. */
function one(editor: Editor): string | null {
  const { selection } = editor.state();
  return selection.size === 1 ? ([...selection][0] ?? null) : null;
}

const isInstance = (): boolean => {
  const editor = shownEditor();
  const id = editor && one(editor);
  return Boolean(id && editor.core.shape(id)?.kind === "instance");
};

async function toClipboard(texts: { plain: string; html: string } | null): Promise<void> {
  if (!texts) return;
  const item = new ClipboardItem({ "text/plain": new Blob([texts.plain], { type: "text/plain" }), "text/html": new Blob([texts.html], { type: "text/html" }) });
  await navigator.clipboard.write([item]).catch(() => navigator.clipboard.writeText(texts.plain));
}

async function fromClipboard(editor: Editor): Promise<void> {
  editor.commands.paste({ plain: await navigator.clipboard.readText() }, middle().graph);
}

function walking(way: Way): () => void {
  return on((editor) => {
    const next = walk(editor, way);
    if (next) centre(next);
  });
}

const steps: readonly [string, Way, number, number][] = [["ArrowLeft", "left", -1, 0], ["ArrowRight", "right", 1, 0], ["ArrowUp", "up", 0, -1], ["ArrowDown", "down", 0, 1]];

/** Everything that keys, menu and palette do to the canvas that is shown. */
export const canvasActions: readonly Action[] = [
  { id: "canvas.add", title: () => t("canvas.add"), group: "edit", keys: ["/"], when: hasCanvas, run: openSearch },
  { id: "canvas.selectAll", title: () => t("canvas.selectAll"), group: "edit", keys: ["ctrl+a"], when: hasCanvas, run: on((editor) => editor.commands.selectAll()) },
  { id: "canvas.copy", title: () => t("canvas.copy"), group: "edit", when: hasSelection, run: on((editor) => void toClipboard(editor.commands.copy())) },
  { id: "canvas.cut", title: () => t("canvas.cut"), group: "edit", when: hasSelection, run: on((editor) => void toClipboard(editor.commands.cut())) },
  { id: "canvas.paste", title: () => t("canvas.paste"), group: "edit", when: hasCanvas, run: on((editor) => void fromClipboard(editor)) },
  { id: "canvas.duplicate", title: () => t("canvas.duplicate"), group: "edit", keys: ["ctrl+d"], when: hasSelection, run: on((editor) => editor.commands.duplicate()) },
  { id: "canvas.delete", title: () => t("canvas.delete"), group: "edit", keys: ["Delete", "Backspace"], when: hasSelection, run: on((editor) => editor.commands.remove()) },
  { id: "canvas.wire", title: () => t("canvas.wire"), group: "edit", keys: ["l"], when: hasSelection, run: on((editor) => { const id = one(editor); if (id) useWireMenu.setState({ place: { ...placeOf(id), node: id } }); }) },
  { id: "canvas.collapse", title: () => t("canvas.collapseNodes"), group: "edit", keys: ["c"], when: hasSelection, run: on((editor) => editor.commands.collapse()) },
  { id: "canvas.mute", title: () => t("canvas.mute"), group: "edit", keys: ["ctrl+m"], when: hasSelection, run: on((editor) => editor.commands.toggleMode(MUTED)) },
  { id: "canvas.bypass", title: () => t("canvas.bypass"), group: "edit", keys: ["ctrl+b"], when: hasSelection, run: on((editor) => editor.commands.toggleMode(BYPASSED)) },
  { id: "canvas.group", title: () => t("canvas.group"), group: "edit", keys: ["ctrl+g"], when: hasSelection, run: on((editor) => editor.commands.group(t("canvas.newGroup"))) },
  { id: "canvas.subgraph", title: () => t("canvas.makeSubgraph"), group: "edit", keys: ["ctrl+shift+e"], when: hasSelection, run: on((editor) => editor.commands.makeSubgraph(t("canvas.newSubgraph"))) },
  { id: "canvas.unpack", title: () => t("canvas.unpack"), group: "edit", when: isInstance, run: on((editor) => { const id = one(editor); if (id) editor.commands.unpack(id); }) },
  { id: "canvas.publish", title: () => t("canvas.publish"), group: "edit", when: isInstance, run: () => void askToPublish() },
  { id: "canvas.enter", title: () => t("canvas.enterOrEdit"), group: "edit", keys: ["Enter"], when: hasSelection, run: on((editor) => { const id = one(editor); if (id && isInstance()) editor.commands.enter(id); else if (id) editFirstWidget(id); }) },
  { id: "canvas.leave", title: () => t("canvas.leave"), group: "edit", keys: ["Escape"], when: () => (shownEditor()?.state().path.length ?? 0) > 0 || hasSelection(), run: on((editor) => (editor.state().selection.size > 0 ? editor.commands.select([]) : editor.commands.leave())) },
  { id: "canvas.note", title: () => t("canvas.addNote"), group: "edit", when: hasCanvas, run: on((editor) => editor.commands.add("MarkdownNote", middle().graph)) },
  { id: "canvas.tidy", title: () => t("canvas.tidy"), group: "edit", keys: ["shift+t"], when: hasCanvas, run: on((editor) => editor.commands.tidy()) },
  ...(["left", "right", "top", "bottom", "centre", "middle"] as const).map((edge): Action => ({ id: `canvas.align.${edge}`, title: () => t(`canvas.align.${edge}`), group: "edit", when: hasSelection, ...alignKeys(edge), run: on((editor) => editor.commands.align(edge)) })),
  ...(["x", "y"] as const).map((axis): Action => ({ id: `canvas.distribute.${axis}`, title: () => t(`canvas.distribute.${axis}`), group: "edit", when: hasSelection, run: on((editor) => editor.commands.distribute(axis)) })),
  { id: "canvas.fit", title: () => t("canvas.fit"), group: "view", keys: ["f"], when: hasCanvas, run: on((editor) => fit(editor.state().selection.size > 0 ? editor.state().selection : undefined)) },
  { id: "canvas.zoomIn", title: () => t("canvas.zoomIn"), group: "view", keys: ["ctrl++", "ctrl+="], when: hasCanvas, run: () => zoomBy(1.25) },
  { id: "canvas.zoomOut", title: () => t("canvas.zoomOut"), group: "view", keys: ["ctrl+-"], when: hasCanvas, run: () => zoomBy(1 / 1.25) },
  { id: "canvas.zoomReset", title: () => t("canvas.zoomReset"), group: "view", keys: ["ctrl+0"], when: hasCanvas, run: () => zoomTo(1) },
  ...steps.map(([key, way]): Action => ({ id: `canvas.walk.${way}`, title: () => t(`canvas.walk.${way}`), group: "view", keys: [key], when: hasCanvas, run: walking(way) })),
  ...steps.map(([key, way, dx, dy]): Action => ({ id: `canvas.nudge.${way}`, title: () => t(`canvas.nudge.${way}`), group: "edit", keys: [`shift+${key}`], when: hasSelection, run: on((editor) => editor.commands.nudge(dx * 10, dy * 10)) })),
];

function alignKeys(edge: string): { keys?: readonly string[] } {
  const key = { left: "alt+ArrowLeft", right: "alt+ArrowRight", top: "alt+ArrowUp", bottom: "alt+ArrowDown" }[edge];
  return key === undefined ? {} : { keys: [key] };
}
