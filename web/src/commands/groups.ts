import { around, boxOf, groupBox, nodesInside, TITLE, type Box } from "../model/geometry";
import { nextGroupId } from "../model/clipboard";
import { withGroups } from "../model/edit";
import type { GroupJson } from "../model/graph";
import { put, replaceItem } from "../model/json";
import type { Core } from "./core";

export const GROUP_HEAD = 34;

export const groupCommands = (core: Core) => ({
  /** Draws a group around what is selected. */
  group(title: string): void {
    const boxes = core.graph.nodes.filter((node) => core.state.selection.has(String(node.id))).map((node) => nodeBox(core, String(node.id)));
    const box = around(boxes, 20);
    if (box) this.addGroup(title, { ...box, y: box.y - GROUP_HEAD, height: box.height + GROUP_HEAD });
  },

  addGroup(title: string, { x, y, width, height }: Box): void {
    const made: GroupJson = { id: nextGroupId(core.graph), title, bounding: [Math.round(x), Math.round(y), Math.round(width), Math.round(height)], color: "#3f789e", font_size: 24, flags: {} };
    core.change("group", (graph) => withGroups(graph, [...(graph.groups ?? []), made]));
  },

  changeGroup(at: number, changes: Partial<GroupJson>, key?: string): void {
    const groups = core.graph.groups ?? [];
    const group = groups[at];
    if (group) core.change("group", (graph) => put(graph, { groups: replaceItem(groups, at, put(group, changes)) }), key === undefined ? {} : { key });
  },

  removeGroup(at: number): void {
    core.change("ungroup", (graph) => withGroups(graph, (graph.groups ?? []).filter((_, place) => place !== at)));
  },

  selectGroup(at: number | null): void {
    core.store.setState({ group: at, ...(at === null ? {} : { selection: new Set() }) });
  },

  /** The nodes that stand in a group and move with it. */
  membersOf(at: number): string[] {
    const group = core.graph.groups?.[at];
    return group ? nodesInside(core.graph, groupBox(group), (node) => nodeBox(core, String(node.id))) : [];
  },

  /** Fits a group around the nodes in it. */
  fitGroup(at: number): void {
    const box = around(this.membersOf(at).map((id) => nodeBox(core, id)), 20);
    if (box) this.changeGroup(at, { bounding: [box.x, box.y - GROUP_HEAD, box.width, box.height + GROUP_HEAD] });
  },
});

/** Where a node of the shown graph stands, title included. */
export function nodeBox(core: Core, id: string): Box {
  const [node, shape] = [core.node(id), core.shape(id)];
  return node && shape ? boxOf(node, shape.type) : { x: 0, y: 0, width: 0, height: TITLE };
}
