/** What is wrong with a workflow, as far as it shows without a server. */

import type { Catalogue, NodeType } from "./catalogue";
import type { Document } from "./document";
import { BYPASSED, definitionsOf, indexOf, MUTED, type GraphJson, type NodeJson } from "./graph";
import { type Json } from "./json";
import { resolve } from "./kinds";
import { shapeOf } from "./shape";
import { fits } from "./types";
import { valueOf } from "./values";
import { widgetsOf } from "./widgets";

export type ProblemCode = "missingNode" | "missingInput" | "wrongType" | "notAChoice" | "belowMin" | "aboveMax" | "noOutput";

/** A finding. `graph` is "" for the root, or a definition's id; `values` fill in the sentence of its code. */
export interface Problem {
  code: ProblemCode;
  graph: string;
  node: string;
  title: string;
  input: string | null;
  values: Record<string, string>;
  /** Names that are near what was not found. */
  near: readonly string[];
}

export function problemsOf({ root }: Document, catalogue: Catalogue): Problem[] {
  const found = graphProblems(root, root, "", catalogue);
  for (const definition of allDefinitions(root)) found.push(...graphProblems(root, definition, definition.id, catalogue));
  const runs = [root, ...allDefinitions(root)].some((graph) => graph.nodes.some((node) => catalogue.types.get(node.type)?.isOutput && isLive(node)));
  if (!runs && root.nodes.length > 0) found.push({ code: "noOutput", graph: "", node: "", title: "", input: null, values: {}, near: [] });
  return found;
}

function allDefinitions(root: GraphJson): (GraphJson & { id: string })[] {
  return definitionsOf(root).flatMap((definition) => [definition, ...allDefinitions(definition)]);
}

const isLive = (node: NodeJson): boolean => node.mode !== MUTED && node.mode !== BYPASSED;

function graphProblems(root: GraphJson, graph: GraphJson, graphId: string, catalogue: Catalogue): Problem[] {
  return graph.nodes.filter(isLive).flatMap((node) => {
    const { kind, type } = resolve(root, graph, node, catalogue);
    const base = { graph: graphId, node: String(node.id), title: node.title ?? type.title };
    if (kind === "missing") {
      return [{ ...base, code: "missingNode", input: null, values: { type: node.type, pack: packOf(node) }, near: near(node.type, [...catalogue.types.keys()]) } satisfies Problem];
    }
    if (kind !== "known" && kind !== "instance") return [];
    return [...inputProblems(root, graph, node, catalogue, base), ...valueProblems(node, type, base)];
  });
}

/** Where a node that is missing came from, if the file says so. */
export function packOf(node: NodeJson): string {
  const { cnr_id, aux_id } = node.properties ?? {};
  return typeof cnr_id === "string" ? cnr_id : typeof aux_id === "string" ? aux_id : "";
}

type Base = Pick<Problem, "graph" | "node" | "title">;

function inputProblems(root: GraphJson, graph: GraphJson, node: NodeJson, catalogue: Catalogue, base: Base): Problem[] {
  const { nodes, links } = indexOf(graph);
  return shapeOf(root, graph, node, catalogue).inputs.flatMap((input): Problem[] => {
    const link = input.link === null ? undefined : links.get(input.link);
    if (!link) return input.optional || input.hasWidget ? [] : [{ ...base, code: "missingInput", input: input.name, values: { input: input.label, type: input.type }, near: [] }];
    const origin = nodes.get(link.origin);
    const output = origin ? shapeOf(root, graph, origin, catalogue).outputs[link.originSlot] : undefined;
    if (!output || fits(output.type, input.type)) return [];
    return [{ ...base, code: "wrongType", input: input.name, values: { input: input.label, from: output.type, to: input.type }, near: [] }];
  });
}

function valueProblems(node: NodeJson, type: NodeType, base: Base): Problem[] {
  const wired = new Set(node.inputs?.filter((slot) => slot.link !== null && slot.link !== undefined).map((slot) => slot.name));
  return widgetsOf(type).flatMap((widget): Problem[] => {
    if (!widget.input || wired.has(widget.name)) return [];
    const found = faultOf(valueOf(node, type, widget), widget.choices, widget.input.options);
    return found ? [{ ...base, input: widget.name, ...found }] : [];
  });
}

function faultOf(value: Json, choices: readonly Json[] | null, { min, max, image_upload, video_upload, audio_upload, remote, multi_select }: { min?: number; max?: number; image_upload?: boolean; video_upload?: boolean; audio_upload?: boolean; remote?: object; multi_select?: boolean | object }): Pick<Problem, "code" | "values" | "near"> | null {
  if (choices) {
    const isFree = image_upload ?? video_upload ?? audio_upload ?? remote ?? multi_select; // files may have come since
    if (isFree || choices.some((choice) => text(choice) === text(value))) return null;
    return { code: "notAChoice", values: { value: text(value) }, near: near(text(value), choices.map(text)) };
  }
  if (typeof value !== "number") return null;
  if (min !== undefined && value < min) return { code: "belowMin", values: { value: text(value), limit: text(min) }, near: [] };
  if (max !== undefined && value > max) return { code: "aboveMax", values: { value: text(value), limit: text(max) }, near: [] };
  return null;
}

const text = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The names nearest to one that is not there, best first, at most three. */
export function near(name: string, names: readonly string[]): string[] {
  const wanted = pairsOf(base(name));
  return names
    .map((other) => ({ other, share: likeness(wanted, pairsOf(base(other))) }))
    .filter(({ share }) => share > 0.45)
    .sort((one, other) => other.share - one.share)
    .slice(0, 3)
    .map(({ other }) => other);
}

const base = (name: string): string => (name.split(/[\\/]/).at(-1) ?? name).toLowerCase().replace(/\.(safetensors|ckpt|pth?|bin|gguf)$/, "");

function pairsOf(text: string): Map<string, number> {
  const pairs = new Map<string, number>();
  for (let at = 0; at < text.length - 1; at++) pairs.set(text.slice(at, at + 2), (pairs.get(text.slice(at, at + 2)) ?? 0) + 1);
  return pairs;
}

/** Dice's coefficient of two bags of letter pairs, from 0 to 1. */
function likeness(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  const size = (bag: ReadonlyMap<string, number>) => [...bag.values()].reduce((sum, count) => sum + count, 0);
  const shared = [...one].reduce((sum, [pair, count]) => sum + Math.min(count, other.get(pair) ?? 0), 0);
  return shared === 0 ? 0 : (2 * shared) / (size(one) + size(other));
}
