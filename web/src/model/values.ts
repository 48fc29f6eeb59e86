/** From `widgets_values` to values by name and back, with the irregularities that files of the field have. */

import type { NodeType } from "./catalogue";
import type { NodeJson } from "./graph";
import { isObject, put, replaceItem, type Json } from "./json";
import { controlName, CONTROL_WORDS, hasWidget, widgetsOf, type Widget } from "./widgets";

/** For each widget, its place in the list of values; -1 for one that has none. */
type Places = readonly number[];

const cache = new WeakMap<object, { type: NodeType; places: Places }>();

function placesOf(values: readonly Json[], type: NodeType): Places {
  const known = cache.get(values);
  if (known?.type === type) return known.places;
  const places = findPlaces(values, type);
  cache.set(values, { type, places });
  return places;
}

function findPlaces(values: readonly Json[], type: NodeType): Places {
  const widgets = widgetsOf(type);
  if (hasHoles(values, widgets)) return widgets.map((_, at) => at);
  const dummies = dummiesIn(values, type);
  let next = 0;
  const step = () => {
    while (dummies.has(next)) next++;
    return next++;
  };
  const plain = widgets.map((widget) => (widget.saved ? step() : -1));
  return misfits(values, widgets, plain) === 0 ? plain : realigned(values, widgets, plain);
}

/** Whether a value stands at each widget's place in the full list, with null where a widget is not saved. */
function hasHoles(values: readonly Json[], widgets: readonly Widget[]): boolean {
  return values.length === widgets.length && widgets.some((widget) => !widget.saved) && widgets.every((widget, at) => widget.saved || values[at] === null);
}

/** Slots that `forceInput` inputs took in files of older editors. */
function dummiesIn(values: readonly Json[], type: NodeType): ReadonlySet<number> {
  const flags = type.inputs.flatMap((input) => {
    if (!hasWidget(input) && !input.options.forceInput) return [];
    return [input.options.forceInput === true, ...(hasWidget(input) && controlName(input) !== null ? [false] : [])];
  });
  if (flags.length !== values.length || !flags.includes(true)) return new Set();
  return new Set(flags.flatMap((flag, at) => (flag ? [at] : [])));
}

function isMisfit(widget: Widget, value: Json | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (widget.kind === "control") return typeof value !== "boolean" && !CONTROL_WORDS.has(value);
  if (widget.kind === "int" || widget.kind === "float") return typeof value === "string" && (CONTROL_WORDS.has(value) || Number.isNaN(Number(value)));
  return false;
}

function misfits(values: readonly Json[], widgets: readonly Widget[], places: Places): number {
  return widgets.filter((widget, at) => isMisfit(widget, values[places[at] ?? -1])).length;
}

/** Tries files whose node later got, or lost, a control: one slot less, or one more, behind the first number. */
function realigned(values: readonly Json[], widgets: readonly Widget[], plain: Places): Places {
  const candidates: Places[] = [];
  widgets.forEach((widget, at) => {
    if (widget.kind === "control") candidates.push(plain.map((place, each) => (each === at ? -1 : each > at && place >= 0 ? place - 1 : place)));
    if (widget.kind === "int") candidates.push(plain.map((place, each) => (each > at && place >= 0 ? place + 1 : place)));
  });
  const best = candidates.find((places) => misfits(values, widgets, places) === 0);
  return best ?? plain;
}

/** The value of a widget of a node. */
export function valueOf(node: NodeJson, type: NodeType, widget: Widget): Json {
  const values = node.widgets_values;
  if (Array.isArray(values)) {
    const at = placesOf(values, type)[widgetsOf(type).indexOf(widget)] ?? -1;
    return values[at] ?? widget.default;
  }
  if (isObject(values) && widget.name in values) return values[widget.name] ?? null;
  return widget.default;
}

export function namedValue(node: NodeJson, type: NodeType, name: string): Json {
  const widget = widgetsOf(type).find((each) => each.name === name);
  return widget ? valueOf(node, type, widget) : null;
}

/** The node's values with one set; every other stays in its place. */
export function withValue(node: NodeJson, type: NodeType, name: string, value: Json): Json[] | Record<string, Json> {
  const values = node.widgets_values;
  if (isObject(values)) return put(values, { [name]: value });
  const widgets = widgetsOf(type);
  const list = Array.isArray(values) ? values : [];
  const places = placesOf(list, type);
  const at = places[widgets.findIndex((widget) => widget.name === name)] ?? -1;
  if (at < 0) return list;
  const full = list.length > at ? list : [...list, ...freshValues(widgets).slice(list.length)];
  return replaceItem(full, at, value);
}

function freshValues(widgets: readonly Widget[]): Json[] {
  return widgets.filter((widget) => widget.saved).map((widget) => widget.default);
}

/** What a new node of a type has. */
export function defaultValues(type: NodeType): Json[] {
  return freshValues(widgetsOf(type));
}
