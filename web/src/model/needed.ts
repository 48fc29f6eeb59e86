/** The nodes of a prompt that a run of some outputs needs: those outputs, and all that feeds them. */

import { isObject, type JsonObject } from "./json";

export function neededBy(prompt: JsonObject, targets: readonly string[]): string[] {
  const needed = new Set<string>();
  const waiting = targets.filter((id) => id in prompt);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    const node = prompt[id];
    const inputs = isObject(node) && isObject(node.inputs) ? Object.values(node.inputs) : [];
    for (const value of inputs) if (Array.isArray(value) && typeof value[0] === "string" && value[0] in prompt) waiting.push(value[0]);
  }
  return Object.keys(prompt).filter((id) => needed.has(id));
}
