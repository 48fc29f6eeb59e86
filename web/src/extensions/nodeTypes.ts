import { ScriptNode } from "./node";

/** The class of each type of node: scripts hang callbacks on its prototype. */
export const nodeTypes = new Map<string, typeof ScriptNode>();

/** The class of a type; the same for as long as the page lives, so that what hangs on it stays. */
export function nodeTypeOf(name: string, declaration: Record<string, unknown>): typeof ScriptNode {
  let type = nodeTypes.get(name);
  if (!type) nodeTypes.set(name, (type = class extends ScriptNode {}));
  Object.assign(type, { comfyClass: name, nodeData: declaration, title: declaration.display_name ?? name });
  return type;
}
