import { place, published, type Blueprint } from "../model/blueprint";
import { writeDocument } from "../model/document";
import { withGraph } from "../model/edit";
import { boxOf, TITLE } from "../model/geometry";
import { graphOf } from "../model/graph";
import { COMPACT, put } from "../model/json";
import { instanceType } from "../model/kinds";
import type { Core } from "./core";
import { freePlace, joined, roundPair, type Joint } from "./nodes";

export const blueprintCommands = (core: Core) => ({
  /** The text of the file that an instance is published as; the workflow itself stays as it is. */
  published: (id: string, title: string, description: string): string =>
    writeDocument({ root: published(core.root, core.state.graphId, id, title, description), style: COMPACT }),

  /** Adds an instance of a published subgraph, wired to a joint if there is one; gives its id, or null inside of itself. */
  place(blueprint: Blueprint, pos: [number, number], joint: Joint | null = null): string | null {
    const { graphId, catalogue } = core.state;
    const placed = place(core.root, graphId, blueprint, roundPair(pos), catalogue);
    const id = placed?.ids[0];
    if (!placed || id === undefined) return null;
    const wired = joined(core, graphOf(placed.root, graphId), id, joint, placed.root);
    core.changeRoot("place", () => withGraph(placed.root, graphId, wired), { select: [id] });
    return id;
  },

  /** The same where it covers no other node. */
  placeFreely(blueprint: Blueprint, pos: [number, number]): string | null {
    const type = instanceType(blueprint.root, blueprint.definition, core.state.catalogue);
    const { x, y } = freePlace(core, pos, (at) => boxOf(put(blueprint.instance, { pos: at }), type));
    return this.place(blueprint, [x, y + TITLE]);
  },
});
