import { expect, test } from "vitest";
import { CATALOGUE, WORKFLOW } from "../fixtures";
import { readCatalogue } from "./catalogue";
import { readDocument } from "./document";
import { indexOf } from "./graph";
import { aimAt } from "./here";
import { makeSubgraph } from "./subgraph";

const sink = readCatalogue({ PreviewAny: { input: { required: { source: ["*", {}] } }, output: [], output_node: true } });
const catalogue = { types: new Map([...CATALOGUE.types, ...sink.types]) };

const { root } = readDocument(WORKFLOW);

test("an output is aimed at as it is; another node gets an output in a copy", () => {
  const aim = aimAt(root, "", [], ["7"], catalogue);
  expect(aim).toEqual({ root, targets: ["7"] });
  const middle = aimAt(root, "", [], ["5", "7"], catalogue);
  expect(middle.targets).toEqual(["8", "7"]);
  const { nodes, links } = indexOf(middle.root);
  expect(nodes.get("8")?.type).toBe("PreviewAny");
  expect([...links.values()].at(-1)).toMatchObject({ origin: "5", originSlot: 0, target: "8", targetSlot: 0, type: "LATENT" });
  expect(indexOf(root).nodes.has("8")).toBe(false);
});

test("inside of a subgraph ids lead through the instance; an instance without outputs is aimed at by those inside", () => {
  const made = makeSubgraph(root, "", new Set(["6", "7"]), "Ending", catalogue);
  const [instance = ""] = made.ids;
  const graphId = indexOf(made.root).nodes.get(instance)?.type ?? "";
  expect(aimAt(made.root, "", [], [instance], catalogue).targets).toEqual([`${instance}:2`]);
  const aim = aimAt(made.root, graphId, [instance], ["1"], catalogue);
  expect(aim.targets).toEqual([`${instance}:3`]);
});

test("without an output that takes anything, a node in the middle is no aim", () => {
  expect(aimAt(root, "", [], ["5"], CATALOGUE).targets).toEqual([]);
});
