/** A workflow file: its text in, its text out; what was not touched is written as it was read. */

import type { GraphJson } from "./graph";
import { COMPACT, isObject, parseJson, styleOf, writeJson, type Json, type JsonObject, type Style } from "./json";

export interface Document {
  root: GraphJson;
  style: Style;
}

/** The form of a file's content. `prompt` is what a server runs; `unknown` is no workflow. */
export type Form = "workflow" | "prompt" | "unknown";

export function formOf(json: Json): Form {
  if (!isObject(json)) return "unknown";
  const values = Object.values(json);
  if (values.length > 0 && values.every((value) => isObject(value) && Boolean(value.class_type))) return "prompt";
  return Array.isArray(json.nodes) ? "workflow" : "unknown";
}

/** Looks inside a file that wraps both forms, as some tools write it. */
export function unwrap(json: Json): Json {
  if (formOf(json) !== "unknown" || !isObject(json)) return json;
  for (const key of ["workflow", "prompt"]) {
    const inner = json[key];
    if (inner !== undefined && formOf(inner) !== "unknown") return inner;
  }
  return json;
}

/** Reads the editor's form from text or data. An Error's message is a sentence for people. */
export function readDocument(source: string | JsonObject): Document {
  const [json, style] = typeof source === "string" ? [unwrap(parse(source)), styleOf(source)] : [unwrap(source), COMPACT];
  if (formOf(json) !== "workflow") throw new Error("This is not a workflow: it has no list of nodes.");
  const root = json as unknown as GraphJson;
  const broken = root.nodes.some((node) => !isObject(node) || typeof node.type !== "string");
  if (broken) throw new Error("This workflow is damaged: one of its nodes has no type.");
  return { root: Array.isArray(root.links) ? root : { ...root, links: [] }, style };
}

/** Parses text, with a sentence instead of a parser's error. */
export function parse(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new Error(`This is not JSON. ${error instanceof Error ? error.message : ""}`.trim(), { cause: error });
  }
}

export function writeDocument({ root, style }: Document): string {
  return writeJson(root as unknown as Json, style);
}

export function emptyDocument(id: string): Document {
  const root = { id, revision: 0, last_node_id: 0, last_link_id: 0, nodes: [], links: [], groups: [], config: {}, extra: {}, version: 0.4 };
  return { root, style: COMPACT };
}
