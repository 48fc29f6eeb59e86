/** The nodes of open workflows as scripts see them: each gets an object when it comes, and is told what happens to it. */

import type { Editor } from "../commands";
import { indexOf, type NodeJson } from "../model/graph";
import type { Shown } from "../model/run";
import { useSession, type Tab } from "../view/session";
import { scriptsChanged, useScripted, type NodeExtras } from "../view/scripted";
import { prepared } from "./prepare";
import { customWidgets } from "./customWidgets";
import { callEach, safely } from "./registry";
import { nodeTypes } from "./nodeTypes";
import { ScriptNode } from "./node";
import { ScriptWidget } from "./widget";

interface Life {
  node: ScriptNode;
  json: NodeJson;
  /** Its widgets when it was made: a pack that is loaded anew may have others. */
  declared: string;
  shown: Shown | null;
}

const lives = new WeakMap<Editor, Map<string, Life>>();

const placeOf = (editor: Editor, id: string) => `${editor.state().graphId}/${id}`;

/** The nodes of the graph that is shown, as scripts know them. */
export function livingIn(editor: Editor): ScriptNode[] {
  const { graphId } = editor.state();
  return [...(lives.get(editor)?.values() ?? [])].map(({ node }) => node).filter((node) => node.graphId === graphId);
}

export function allLivingIn(editor: Editor): ScriptNode[] {
  return [...(lives.get(editor)?.values() ?? [])].map(({ node }) => node);
}

/** From now on every open workflow's nodes live. */
export function followNodes(app: unknown): void {
  const known = new Set<Tab>();
  const look = () => {
    for (const tab of useSession.getState().tabs) {
      if (known.has(tab)) continue;
      known.add(tab);
      if (!lives.has(tab.workflow.editor)) begin(tab, app);
    }
  };
  useScripted.setState({ scripts: { extrasOf, prepared: (editor) => prepared(editor, allLivingIn(editor)) } });
  useSession.subscribe(look);
  look();
}

function begin(tab: Tab, app: unknown): void {
  const { editor } = tab.workflow;
  lives.set(editor, new Map());
  const missing = tab.workflow.missing().nodes.map(({ type }) => type);
  callEach("beforeConfigureGraph", (extension) => extension.beforeConfigureGraph?.(tab.workflow.json(), missing, app));
  look(editor, app, true);
  callEach("afterConfigureGraph", (extension) => extension.afterConfigureGraph?.(missing, app));
  editor.store.subscribe((now, before) => {
    if (now.document !== before.document || now.graphId !== before.graphId || now.catalogue !== before.catalogue) look(editor, app, now.graphId !== before.graphId);
  });
  tab.run.subscribe(() => tellResults(tab));
}

/** Brings the objects to where the graph is. */
function look(editor: Editor, app: unknown, isLoaded: boolean): void {
  const known = lives.get(editor);
  if (!known) return;
  const { nodes } = indexOf(editor.core.graph);
  for (const [id, json] of nodes) {
    const life = known.get(placeOf(editor, id));
    if (!life) create(editor, known, id, json, app, isLoaded);
    else if (life.declared !== declaredBy(life.node)) {
      end(life.node);
      create(editor, known, id, json, app, true);
    } else if (life.json !== json) change(life, json, app);
  }
  const { graphId } = editor.state();
  for (const [place, { node }] of known) {
    if (node.graphId !== graphId || nodes.has(node.key)) continue;
    known.delete(place);
    end(node);
  }
}

function end(node: ScriptNode): void {
  safely(node.type, () => node.onRemoved?.());
  for (const widget of node.widgets) safely(node.type, () => widget.onRemove?.());
}

const declaredBy = (node: ScriptNode) => `${node.type} ${node.declared.map(({ name, kind }) => `${name} ${kind}`).join()}`;

function create(editor: Editor, known: Map<string, Life>, id: string, json: NodeJson, app: unknown, isLoaded: boolean): void {
  const node = new (nodeTypes.get(json.type) ?? ScriptNode)(editor, editor.state().graphId, id);
  known.set(placeOf(editor, id), { node, json, declared: declaredBy(node), shown: null });
  customWidgets(node, app);
  safely(json.type, () => node.onNodeCreated?.());
  callEach("nodeCreated", (extension) => extension.nodeCreated?.(node, app));
  if (!isLoaded) return;
  safely(json.type, () => node.onConfigure?.(structuredClone(json)));
  callEach("loadedGraphNode", (extension) => extension.loadedGraphNode?.(node, app));
}

/** Tells a node of values that others have set, and of wires that came and went. */
function change(life: Life, json: NodeJson, app: unknown): void {
  const { node, json: before } = life;
  life.json = json;
  for (const widget of node.widgets) {
    const [old, value] = [widget.known, widget.value];
    if (Object.is(old, value) || widget.element !== null) continue;
    widget.known = value;
    safely(node.type, () => widget.callback?.(value, (app as { canvas?: unknown }).canvas, node));
    safely(node.type, () => node.onWidgetChanged?.(widget.name, value, old, widget));
  }
  const [links, old] = [json, before].map((each) => (each.inputs ?? []).map(({ link }) => link ?? null));
  links?.forEach((link, at) => {
    if (link !== (old?.[at] ?? null)) safely(node.type, () => node.onConnectionsChange?.(1, at, link !== null, link, node.inputs[at]));
  });
}

function tellResults(tab: Tab): void {
  const { nodes } = tab.run.getState();
  for (const life of lives.get(tab.workflow.editor)?.values() ?? []) {
    const shown = life.node.graphId === "" ? nodes.get(life.node.key)?.shown : undefined;
    if (!shown || shown === life.shown) continue;
    life.shown = shown;
    safely(life.node.type, () => life.node.onExecuted?.(shown));
  }
}

// -- what views ask ------------------------------------------------------------------------------------------------

function extrasOf(editor: Editor, id: string): NodeExtras | null {
  const node = lives.get(editor)?.get(placeOf(editor, id))?.node;
  if (!node) return null;
  return {
    added: node.added.map((widget) => ({ name: widget.name, label: widget.label ?? widget.name, kind: widget.kind, value: widget.value, choices: widget.choices, element: widget.element, act: (value) => act(node, widget, value) })),
    elementFor: (input) => node.widgets.find(({ name }) => name === input)?.element ?? null,
    menu: () => menuOf(node),
  };
}

function act(node: ScriptNode, widget: ScriptWidget, value: unknown): void {
  if (widget.kind !== "button") widget.value = value;
  safely(node.type, () => widget.callback?.(widget.value, null, node));
  scriptsChanged();
}

interface MenuEntry {
  content?: string;
  callback?: (...args: unknown[]) => unknown;
}

function menuOf(node: ScriptNode): { title: string; run: () => void }[] {
  const entries: (MenuEntry | null)[] = [];
  safely(node.type, () => {
    const more = node.getExtraMenuOptions?.(null, entries);
    if (Array.isArray(more)) entries.push(...(more as MenuEntry[]));
  });
  callEach("getNodeMenuItems", (extension) => entries.push(...((extension.getNodeMenuItems?.(node) ?? []) as MenuEntry[])));
  return entries.flatMap((entry) => (entry?.content && entry.callback ? [{ title: entry.content, run: () => safely(node.type, () => entry.callback?.()) }] : []));
}
