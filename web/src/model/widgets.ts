/**
 * The widgets of a node, rebuilt from the catalogue as the field's editor would: their order is the order of
 * `widgets_values`, which holds no names.
 */

import type { InputSpec, NodeType } from "./catalogue";
import type { Json } from "./json";

export type WidgetKind = "int" | "float" | "toggle" | "text" | "combo" | "control" | "filter" | "color" | "button" | "element" | "scripted" | "other";

export interface Widget {
  name: string;
  kind: WidgetKind;
  /** The input that it belongs to; null for controls and buttons. */
  input: InputSpec | null;
  /** Whether its value stands in `widgets_values`. */
  saved: boolean;
  default: Json;
  choices: readonly Json[] | null;
  /** For a control: the name of the widget that it controls. */
  controls: string | null;
}

/** The widget type of inputs that scripts of packs draw: the declarations are amended with it when they are read. */
export const SCRIPTED = "GRAPHCORE_SCRIPTED";

const VALUE_TYPES: Record<string, WidgetKind> = {
  INT: "int", FLOAT: "float", BOOLEAN: "toggle", STRING: "text", COMBO: "combo", MARKDOWN: "text", TEXTAREA: "text", COLOR: "color",
  IMAGECOMPARE: "other", TREESELECT: "other", MULTISELECT: "other", CHART: "other", GALLERIA: "other", SELECTBUTTON: "other",
  WEBCAM: "other", LOAD_3D: "other", LOAD_3D_ANIMATION: "other", PREVIEW_3D: "other", PREVIEW_3D_ANIMATION: "other",
  [SCRIPTED]: "scripted", BOUNDING_BOX: "other", PAINTER: "other", CURVE: "other", RANGE: "other", COLORS: "other", COMFY_DYNAMICCOMBO_V3: "other",
};
const AUDIO_CLASSES = new Set(["LoadAudio", "SaveAudio", "PreviewAudio", "SaveAudioMP3", "SaveAudioOpus"]);
export const CONTROLS = ["fixed", "increment", "decrement", "randomize"];
export const CONTROL_WORDS: ReadonlySet<Json> = new Set<Json>([...CONTROLS, "increment-wrap"]);

const lists = new WeakMap<NodeType, readonly Widget[]>();

/** The widgets of a type, in order. */
export function widgetsOf(type: NodeType): readonly Widget[] {
  let list = lists.get(type);
  if (!list) lists.set(type, (list = [...type.inputs.flatMap(widgetsFor), ...uploadsOf(type)]));
  return list;
}

export function hasWidget({ type, options }: InputSpec): boolean {
  return !options.forceInput && (options.widgetType ?? type) in VALUE_TYPES;
}

/** How an input's control widget is called; null where it has none. */
export function controlName({ name, type, options }: InputSpec): string | null {
  const asked = options.control_after_generate;
  const has = asked === undefined ? type === "INT" && (name === "seed" || name === "noise_seed") : Boolean(asked);
  if (!has || (type !== "INT" && type !== "COMBO")) return null;
  const base = typeof asked === "string" ? asked : "control_after_generate";
  return options.control_prefix ? `${options.control_prefix} ${base}` : base;
}

function widgetsFor(input: InputSpec): Widget[] {
  if (!hasWidget(input)) return [];
  const kind = VALUE_TYPES[input.options.widgetType ?? input.type] ?? "other";
  const found: Widget[] = [{ name: input.name, kind, input, saved: true, default: defaultOf(input), choices: input.choices, controls: null }];
  const extra = (name: string, kind: WidgetKind, value: Json, choices: readonly Json[] | null = null): Widget => ({ name, kind, input: null, saved: true, default: value, choices, controls: input.name });
  const { remote } = input.options;
  if (kind === "combo" && remote) {
    found.push(extra("Auto-refresh after generation", "toggle", false));
    if (remote.refresh_button) found.push(extra("refresh", "button", "refresh"));
  }
  const control = controlName(input);
  if (control !== null) {
    const choices = kind === "combo" ? [...CONTROLS, "increment-wrap"] : CONTROLS;
    found.push(extra(control, "control", kind === "combo" ? "fixed" : "randomize", choices));
    if (kind === "combo") found.push(extra("control_filter_list", "filter", ""));
  }
  return found;
}

function uploadsOf(type: NodeType): Widget[] {
  const button = (name: string, kind: WidgetKind, value: Json, saved = true): Widget => ({ name, kind, input: null, saved, default: value, choices: null, controls: null });
  const found: Widget[] = [];
  if (AUDIO_CLASSES.has(type.name)) found.push(button("audioUI", "element", "", false));
  const required = type.inputs.filter((input) => input.required);
  const picture = required.find(({ type, options }) => type === "COMBO" && (options.image_upload ?? options.video_upload ?? options.animated_image_upload));
  if (picture) found.push(button("upload", "button", "image"));
  else if (required.some(({ name, options }) => name === "audio" && options.audio_upload)) found.push(button("upload", "button", ""));
  return found;
}

/** The value of an input that nobody has set. */
export function defaultOf({ type, choices, options }: InputSpec): Json {
  const given = options.default;
  switch (options.widgetType ?? type) {
    case "INT":
    case "FLOAT":
      return given ?? 0;
    case "BOOLEAN":
      return given ?? false;
    case "COMBO":
      if (options.multi_select) return Array.isArray(given) ? given : [];
      return given !== undefined && given !== null && given !== "" ? given : (choices?.[0] ?? null);
    default:
      return given ?? "";
  }
}
