/** The nodes that a server knows, read from its `/object_info`. */

import { isObject, type Json } from "./json";
import { typeName } from "./graph";

export interface InputOptions {
  default?: Json;
  min?: number;
  max?: number;
  step?: number;
  round?: number | false;
  multiline?: boolean;
  dynamicPrompts?: boolean;
  placeholder?: string;
  tooltip?: string;
  forceInput?: boolean;
  socketless?: boolean;
  widgetType?: string;
  control_after_generate?: boolean | string;
  control_prefix?: string;
  image_upload?: boolean;
  video_upload?: boolean;
  animated_image_upload?: boolean;
  audio_upload?: boolean;
  image_folder?: string;
  label_on?: string;
  label_off?: string;
  display?: string;
  growing?: boolean;
  lazy?: boolean;
  multi_select?: boolean | object;
  remote?: { refresh_button?: boolean; [key: string]: unknown };
  options?: Json[];
  advanced?: boolean;
  [key: string]: unknown;
}

export interface InputSpec {
  name: string;
  /** The type of its wire; COMBO for a list of choices. */
  type: string;
  required: boolean;
  choices: readonly Json[] | null;
  options: InputOptions;
}

export interface OutputSpec {
  name: string;
  type: string;
  isList: boolean;
  tooltip: string | null;
}

export interface NodeType {
  name: string;
  title: string;
  category: string;
  description: string;
  pack: string;
  inputs: readonly InputSpec[];
  outputs: readonly OutputSpec[];
  isOutput: boolean;
  deprecated: boolean;
  experimental: boolean;
  aliases: readonly string[];
  /** Grows when its inputs change. */
  version: number;
}

export interface Catalogue {
  types: ReadonlyMap<string, NodeType>;
}

export const EMPTY_CATALOGUE: Catalogue = { types: new Map() };

/** Reads what the server declares; an entry that cannot be read is left out. */
export function readCatalogue(info: Record<string, unknown>): Catalogue {
  const types = new Map<string, NodeType>();
  for (const [name, entry] of Object.entries(info)) if (isObject(entry)) types.set(name, readType(name, entry));
  return { types };
}

function readType(name: string, entry: Record<string, unknown>): NodeType {
  const text = (key: string, fallback = "") => (typeof entry[key] === "string" ? entry[key] : fallback);
  return {
    name,
    title: text("display_name") || name,
    category: text("category", "other"),
    description: text("description"),
    pack: text("python_module"),
    inputs: readInputs(entry),
    outputs: readOutputs(entry),
    isOutput: entry.output_node === true,
    deprecated: entry.deprecated === true,
    experimental: entry.experimental === true,
    aliases: Array.isArray(entry.search_aliases) ? entry.search_aliases.map(String) : [],
    version: typeof entry.node_version === "number" ? entry.node_version : 1,
  };
}

/** Inputs in the order of `input_order`, required ones first; those that it does not name come last. */
function readInputs(entry: Record<string, unknown>): InputSpec[] {
  const sections = isObject(entry.input) ? entry.input : {};
  const order = isObject(entry.input_order) ? entry.input_order : {};
  const found: InputSpec[] = [];
  const rest: InputSpec[] = [];
  for (const section of ["required", "optional"] as const) {
    const declared = isObject(sections[section]) ? sections[section] : {};
    const named = Array.isArray(order[section]) ? order[section].map(String) : Object.keys(declared);
    for (const name of named) if (name in declared) found.push(readInput(name, declared[name], section === "required"));
    const known = new Set(named);
    for (const name of Object.keys(declared)) if (!known.has(name)) rest.push(readInput(name, declared[name], section === "required"));
  }
  return [...found, ...rest];
}

function readInput(name: string, config: unknown, required: boolean): InputSpec {
  const [kind, given] = Array.isArray(config) ? (config as [unknown, unknown]) : [config, {}];
  const options = (isObject(given) ? given : {}) as InputOptions;
  const choices = Array.isArray(kind) ? (kind as Json[]) : Array.isArray(options.options) ? options.options : null;
  const type = Array.isArray(kind) ? "COMBO" : typeName(kind);
  return { name, type, required, choices: type === "COMBO" ? (choices ?? []) : null, options };
}

function readOutputs(entry: Record<string, unknown>): OutputSpec[] {
  const list = (key: string): unknown[] => (Array.isArray(entry[key]) ? entry[key] : []);
  const [names, lists, tips] = [list("output_name"), list("output_is_list"), list("output_tooltips")];
  return list("output").map((kind, at) => {
    const [type, name, tip] = [typeName(kind), names[at], tips[at]];
    return { type, name: typeof name === "string" ? name : type, isList: lists[at] === true, tooltip: typeof tip === "string" ? tip : null };
  });
}

/** Categories as a tree of folders, each with the nodes directly in it. */
export interface CategoryTree {
  folders: Map<string, CategoryTree>;
  types: NodeType[];
}

export function treeOf(types: Iterable<NodeType>): CategoryTree {
  const root: CategoryTree = { folders: new Map(), types: [] };
  for (const type of [...types].sort((one, other) => one.title.localeCompare(other.title))) {
    let at = root;
    for (const part of type.category.split("/").filter(Boolean)) {
      let next = at.folders.get(part);
      if (!next) at.folders.set(part, (next = { folders: new Map(), types: [] }));
      at = next;
    }
    at.types.push(type);
  }
  return root;
}
