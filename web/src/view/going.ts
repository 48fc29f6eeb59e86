import { centre, middle } from "./canvas/handle";
import { activeTab } from "./session";

/** Adds a node to the active workflow, in the middle of the view. */
export function addNode(type: string): void {
  activeTab()?.workflow.editor.commands.add(type, middle().graph);
}

/** Brings a node of the active workflow into the middle of the view; by its id in a run, `12:3` within a subgraph. */
export function goTo(id: string): void {
  centre(id);
}
