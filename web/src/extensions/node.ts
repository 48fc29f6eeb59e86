import type { Editor } from "../commands";
import { graphOf, indexOf, type NodeJson } from "../model/graph";
import { put, type Json } from "../model/json";
import { shapeOf, type Shape } from "../model/shape";
import { valueOf, withValue } from "../model/values";
import { rowsOf } from "../model/geometry";
import type { Widget } from "../model/widgets";
import { scriptsChanged } from "../view/scripted";
import { looseKeeper, ScriptWidget, type Keeper } from "./widget";

const FIELD_TYPES: Partial<Record<Widget["kind"], string>> = { int: "number", float: "number", text: "text", toggle: "toggle", combo: "combo", color: "color" };

type Callback = ((...args: unknown[]) => unknown) | undefined;

/** A node as scripts of packs see it: reading looks into the document, writing is a change that can be undone. */
export class ScriptNode {
  static comfyClass = "";
  static title = "";
  static nodeData: unknown = null;
  readonly widgets: ScriptWidget[];
  // Declared only: a field of its own would hide what scripts hang on the prototype.
  declare onNodeCreated: Callback;
  declare onConfigure: Callback;
  declare onExecuted: Callback;
  declare onConnectionsChange: Callback;
  declare onWidgetChanged: Callback;
  declare onRemoved: Callback;
  declare getExtraMenuOptions: Callback;

  constructor(readonly editor: Editor, readonly graphId: string, readonly key: string) {
    this.widgets = this.declared.map((widget) => this.widgetFor(widget));
  }

  /** The node in the document; what was removed keeps nothing. */
  get json(): NodeJson | undefined {
    const { root } = this.editor.core;
    return indexOf(graphOf(root, this.graphId)).nodes.get(this.key);
  }

  get shape(): Shape | undefined {
    const { root, state } = this.editor.core;
    return this.json && shapeOf(root, graphOf(root, this.graphId), this.json, state.catalogue);
  }

  get id() { return this.json?.id ?? this.key; }
  get type() { return this.json?.type ?? ""; }
  get comfyClass() { return this.type; }
  get title() { return this.shape?.title ?? ""; }
  set title(title: string) { this.update({ title }); }
  get pos() { return this.json?.pos; }
  set pos(pos: unknown) { this.update({ pos }); }
  get size() { return this.json?.size; }
  set size(size: unknown) { this.update({ size }); }
  get mode() { return this.json?.mode ?? 0; }
  set mode(mode: number) { this.update({ mode }); }
  get color() { return this.json?.color; }
  set color(color: string | undefined) { this.update({ color }); }
  get bgcolor() { return this.json?.bgcolor; }
  set bgcolor(bgcolor: string | undefined) { this.update({ bgcolor }); }
  get flags() { return this.json?.flags ?? {}; }
  get properties() { return { ...this.json?.properties }; }
  get inputs() { return (this.json?.inputs ?? []).map((slot) => ({ ...slot })); }
  get outputs() { return (this.json?.outputs ?? []).map((slot) => ({ ...slot })); }

  setProperty(name: string, value: Json): void { this.update({ properties: put(this.json?.properties ?? {}, { [name]: value }) }); }
  setSize(size: [number, number]): void { this.size = size; }
  computeSize(): unknown { return this.size; }
  setDirtyCanvas(): void { scriptsChanged(); }
  serialize(): unknown { return structuredClone(this.json); }
  isInputConnected(slot: number): boolean { return (this.json?.inputs?.[slot]?.link ?? null) !== null; }

  /** Adds a widget below those that the type declares. Its value stands behind theirs in the file, unless `serialize` is false. */
  addWidget(type: string, name: string, value: unknown, callback?: ScriptWidget["callback"] | string, options: ScriptWidget["options"] = {}): ScriptWidget {
    const isLoose = type === "button" || options.serialize === false;
    const widget = new ScriptWidget(name, type, options, isLoose ? looseKeeper(value) : this.behind(value));
    if (typeof callback === "function") widget.callback = callback;
    return this.addCustomWidget(widget);
  }

  /** Adds an element of the page as a widget. */
  addDOMWidget(name: string, type: string, element: HTMLElement, options: ScriptWidget["options"] = {}): ScriptWidget {
    const held = looseKeeper(options.getValue?.());
    const keeper: Keeper = { get: () => options.getValue?.() ?? held.get(), set: (value) => (options.setValue ?? held.set)(value) };
    const widget = new ScriptWidget(name, type, options, keeper);
    widget.element = element;
    return this.addCustomWidget(widget);
  }

  addCustomWidget(widget: ScriptWidget): ScriptWidget {
    this.widgets.push(widget);
    scriptsChanged();
    return widget;
  }

  /** The widgets that scripts added, without those that stand for an input. */
  get added(): ScriptWidget[] {
    const inputs = new Set(this.declared.map(({ name }) => name));
    return this.widgets.filter((widget) => !inputs.has(widget.name));
  }

  /** The keeper of a widget's value that the type declares. */
  keeperOf(widget: Widget): Keeper {
    return {
      get: () => (this.json && this.shape ? valueOf(this.json, this.shape.type, widget) : null),
      set: (value) => { if (this.json && this.shape) this.update({ widgets_values: withValue(this.json, this.shape.type, widget.name, value as Json) }); },
    };
  }

  get declared(): readonly Widget[] {
    return this.shape ? rowsOf(this.shape.type) : [];
  }

  private widgetFor(widget: Widget): ScriptWidget {
    const { min, max, step } = widget.input?.options ?? {};
    return new ScriptWidget(widget.name, FIELD_TYPES[widget.kind] ?? widget.kind, { ...widget.input?.options, min, max, step, values: widget.choices ?? undefined }, this.keeperOf(widget));
  }

  /** A place behind the declared widgets' values. */
  private behind(given: unknown): Keeper {
    const at = (this.shape?.widgets.filter(({ saved }) => saved).length ?? 0) + this.added.filter(({ type, options }) => type !== "button" && options.serialize !== false).length;
    const values = () => (Array.isArray(this.json?.widgets_values) ? (this.json.widgets_values) : []);
    return {
      get: () => values()[at] ?? given,
      set: (value) => {
        const full = Array.from({ length: Math.max(at + 1, values().length) }, (_, place) => values()[place] ?? null);
        full[at] = value as Json;
        this.update({ widgets_values: full });
      },
    };
  }

  private update(changes: Parameters<Editor["commands"]["changeNode"]>[2]): void {
    this.editor.commands.changeNode(this.graphId, this.key, changes);
  }
}
