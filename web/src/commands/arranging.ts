import { align, distribute, tidy, type Edge, type Placed, type Places } from "../model/arrange";
import { moveNodes } from "../model/edit";
import { TITLE } from "../model/geometry";
import { indexOf } from "../model/graph";
import { nodeBox } from "./groups";
import type { Core } from "./core";

export const arrangeCommands = (core: Core) => ({
  /** Lays out what is selected, or everything, from left to right along the wires. */
  tidy(): void {
    arrange(core, "tidy", (placed) => tidy(placed, [...indexOf(core.graph).links.values()]), core.state.selection.size < 2);
  },

  align(edge: Edge): void {
    arrange(core, "align", (placed) => align(placed, edge));
  },

  distribute(axis: "x" | "y"): void {
    arrange(core, "distribute", (placed) => distribute(placed, axis));
  },
});

function arrange(core: Core, name: string, places: (placed: Placed[]) => Places, all = false): void {
  const nodes = core.graph.nodes.filter((node) => all || core.state.selection.has(String(node.id)));
  const placed = nodes.map((node) => ({ id: String(node.id), ...nodeBox(core, String(node.id)) }));
  const head = (id: string) => (core.node(id)?.type === "Reroute" ? 0 : TITLE);
  core.change(name, (graph) => moveNodes(graph, new Map([...places(placed)].map(([id, [x, y]]) => [id, [Math.round(x), Math.round(y) + head(id)]]))));
}
