/** Published subgraphs: workflows whose one node is an instance of a subgraph that they define. */

import type { Catalogue, NodeType } from "./catalogue";
import { copyOf, definitionsUsed, paste, type Pasted } from "./clipboard";
import { newNode } from "./create";
import { emptyDocument, readDocument } from "./document";
import { addNodes, lastNodeId, updateNode, withGraph } from "./edit";
import { definitionOf, definitionsOf, graphOf, positionOf, type DefinitionJson, type GraphJson, type NodeJson } from "./graph";
import { put } from "./json";
import { BLUEPRINTS, instanceType } from "./kinds";
import { uuid } from "./subgraph";

export interface Blueprint {
  /** Names it in lists and drags, beside the types of nodes: its path on the server. */
  key: string;
  title: string;
  description: string;
  /** The pack that ships it; null for the user's own. */
  pack: string | null;
  root: GraphJson;
  instance: NodeJson;
  definition: DefinitionJson;
}

/** The file that an instance is published as. */
export function published(root: GraphJson, graphId: string, id: string, title: string, description: string): GraphJson {
  const { nodes, subgraphs } = copyOf(root, graphId, new Set([id]));
  const clip = {
    nodes: nodes.map((node) => put(node, { pos: [0, 0], mode: 0, title: undefined })),
    subgraphs: subgraphs.map((each) => (each.id === nodes[0]?.type ? put(each, { name: title }) : each)),
    groups: [], reroutes: [], links: [],
  };
  const file = paste(emptyDocument(uuid()).root, "", clip, [0, 0]).root;
  return description === "" ? file : put(file, { extra: { BlueprintDescription: description } });
}

/** Reads such a file. An Error's message is a sentence for people. */
export function readBlueprint(text: string, known: Pick<Blueprint, "key" | "title" | "pack">): Blueprint {
  const { root } = readDocument(text);
  const [instance, ...others] = root.nodes;
  const definition = instance && definitionOf(root, instance.type);
  if (!definition || others.length > 0) throw new Error("Its one node should be an instance of a subgraph that it defines; publish the subgraph again.");
  if (!definitionsOf(root).every(isWhole)) throw new Error("A subgraph in it lacks its nodes, links, inputs or outputs; publish the subgraph again.");
  const description = root.extra?.BlueprintDescription ?? definition.description;
  return { ...known, description: typeof description === "string" ? description : "", root, instance, definition };
}

function isWhole({ nodes, links, inputs, outputs }: DefinitionJson): boolean {
  return [nodes, links, inputs, outputs].every((part) => Array.isArray(part));
}

/** What its instances look like, for lists of what can be added. */
export function blueprintType({ key, title, description, root, definition }: Blueprint, catalogue: Catalogue): NodeType {
  return { ...instanceType(root, definition, catalogue), name: key, title, description, category: BLUEPRINTS };
}

/**
 * Puts an instance into a graph, with the definitions that the file lacks; one that it has is used as it is there. Null
 * inside of itself, as that would never end.
 */
export function place(root: GraphJson, graphId: string, blueprint: Blueprint, pos: [number, number], catalogue: Catalogue): Pasted | null {
  const { definition, title } = blueprint;
  const known = definitionOf(root, definition.id);
  const placed = known && ports(known) !== ports(definition) ? fresh(root, graphId, known, pos, catalogue) : copied(root, graphId, blueprint, pos);
  if (definitionsUsed(placed.root, [blueprint.instance]).some((each) => each.id === graphId)) return null;
  const isTitled = (known ?? definition).name !== title;
  const graph = placed.ids.reduce((now, id) => updateNode(now, id, { title: isTitled ? title : undefined }), graphOf(placed.root, graphId));
  return { ...placed, root: withGraph(placed.root, graphId, graph) };
}

function copied(root: GraphJson, graphId: string, { root: file, instance }: Blueprint, [x, y]: [number, number]): Pasted {
  const clip = copyOf(file, "", new Set([String(instance.id)]));
  const [left, top] = positionOf(instance);
  return paste(root, graphId, { ...clip, links: [] }, [x - left, y - top]);
}

/** An instance of a definition that was changed since it was published: its sockets are those of today. */
function fresh(root: GraphJson, graphId: string, definition: DefinitionJson, pos: [number, number], catalogue: Catalogue): Pasted {
  const graph = graphOf(root, graphId);
  const id = lastNodeId(graph) + 1;
  return { root: withGraph(root, graphId, addNodes(graph, [newNode(id, instanceType(root, definition, catalogue), pos)])), ids: [String(id)] };
}

function ports({ inputs, outputs }: DefinitionJson): string {
  return JSON.stringify([inputs, outputs].map((side) => side.map(({ name, type }) => [name, type])));
}
