/** Widgets of packs for inputs of their own types: what `getCustomWidgets` gives. */

import { SCRIPTED } from "../model/widgets";
import { safely } from "./registry";
import type { ScriptNode } from "./node";
import { ScriptWidget } from "./widget";

type Constructor = (node: ScriptNode, name: string, declaration: unknown, app: unknown) => { widget?: ScriptWidget } | undefined;

export const constructors = new Map<string, Constructor>();

/** Marks the inputs of a declaration that a script draws, so that the editor keeps their values as widgets' values. */
export function markScripted(declaration: Record<string, unknown>): void {
  const sections = (declaration.input ?? {}) as Record<string, Record<string, [unknown, Record<string, unknown>?]>>;
  for (const inputs of Object.values(sections)) {
    for (const spec of Object.values(inputs)) {
      if (Array.isArray(spec) && typeof spec[0] === "string" && constructors.has(spec[0])) spec[1] = { ...spec[1], widgetType: SCRIPTED };
    }
  }
}

/** Has scripts make the widgets of a new node; each then keeps its value where the file has it. */
export function customWidgets(node: ScriptNode, app: unknown): void {
  for (const declared of node.declared) {
    const make = declared.kind === "scripted" && declared.input ? constructors.get(declared.input.type) : undefined;
    if (!make || !declared.input) continue;
    const { type, options } = declared.input;
    const kept = node.keeperOf(declared);
    const before = [...node.widgets];
    let made: ScriptWidget | undefined;
    safely(node.type, () => (made = make(node, declared.name, [type, options], app)?.widget));
    made ??= node.widgets.find((widget) => !before.includes(widget));
    node.widgets.splice(0, Infinity, ...before);
    if (made) node.widgets.splice(before.findIndex(({ name }) => name === declared.name), 1, bound(made, declared.name, kept));
  }
}

/** The widget with its value in the file: what its element says is written there, and what the file says is shown. */
function bound(made: ScriptWidget, name: string, kept: { get: () => unknown; set: (value: unknown) => void }): ScriptWidget {
  const { getValue, setValue } = made.options;
  if (kept.get() !== "") setValue?.(kept.get());
  const keeper = {
    get: () => kept.get(),
    set: (value: unknown) => {
      setValue?.(value);
      kept.set(value);
    },
  };
  const widget = new ScriptWidget(name, made.type, made.options, keeper);
  Object.assign(widget, { element: made.element, callback: made.callback, serializeValue: made.serializeValue, onRemove: made.onRemove });
  for (const event of ["input", "change"]) made.element?.addEventListener(event, () => { if (getValue) kept.set(getValue()); });
  return widget;
}
