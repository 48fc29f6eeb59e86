/** Workflow files that tests open beside those that ship. */

import type { Page } from "playwright-core";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./serve.ts";

export interface NodeJson {
  id: number;
  type: string;
  pos: [number, number];
  widgets_values?: unknown[];
  inputs?: { name: string; link: number | null }[];
  outputs?: { links: number[] | null }[];
  flags?: object;
  mode?: number;
  color?: string;
}

export interface WorkflowJson {
  nodes: NodeJson[];
  links?: number[][];
  groups?: { title: string }[];
}

/** A workflow file that ships. */
export function shipped(name: string): string {
  return readFileSync(join(ROOT, "workflows", `${name}.json`), "utf-8");
}

/** txt2img with so many steps, and another seed for every run: the time that it takes is the test's choice. */
export function slow(steps: number): Buffer {
  const workflow = JSON.parse(shipped("txt2img")) as WorkflowJson;
  for (const node of workflow.nodes) {
    if (node.type === "KSampler") node.widgets_values = [Math.floor(Math.random() * 1e9), "randomize", steps, ...(node.widgets_values ?? []).slice(3)];
  }
  return Buffer.from(JSON.stringify(workflow));
}

/** txt2img without the wire of its sampler's model. */
export function broken(): string {
  const workflow = JSON.parse(shipped("txt2img")) as WorkflowJson;
  const model = workflow.nodes.find((node) => node.type === "KSampler")?.inputs?.find((input) => input.name === "model");
  const cut = model?.link;
  if (model) model.link = null;
  for (const node of workflow.nodes) for (const output of node.outputs ?? []) output.links = output.links?.filter((link) => link !== cut) ?? null;
  return JSON.stringify({ ...workflow, links: workflow.links?.filter(([id]) => id !== cut) });
}

/** txt2img with a node, 900, that no server has. */
export function odd(): string {
  const workflow = JSON.parse(shipped("txt2img")) as WorkflowJson;
  const node = { id: 900, type: "NodeOfNobody", pos: [40, 40], size: [260, 140], flags: {}, order: 9, mode: 0, inputs: [], outputs: [], properties: { cnr_id: "pack-of-nobody" }, widgets_values: ["kept text", 2.5, { deep: [null, true] }], of_its_own: 7 };
  return JSON.stringify({ ...workflow, nodes: [...workflow.nodes, node] }, null, 2);
}

/** LoadImage -> its mask as a picture -> saved. */
export function masking(): string {
  return JSON.stringify({
    last_node_id: 3, last_link_id: 2, version: 0.4, groups: [], config: {}, extra: {},
    nodes: [
      { id: 1, type: "LoadImage", pos: [0, 0], size: [320, 320], flags: {}, order: 0, mode: 0, inputs: [], outputs: [{ name: "IMAGE", type: "IMAGE", links: null }, { name: "MASK", type: "MASK", links: [1] }], properties: {}, widgets_values: ["none.png", "image"] },
      { id: 2, type: "MaskToImage", pos: [400, 0], size: [210, 60], flags: {}, order: 1, mode: 0, inputs: [{ name: "mask", type: "MASK", link: 1 }], outputs: [{ name: "IMAGE", type: "IMAGE", links: [2] }], properties: {}, widgets_values: [] },
      { id: 3, type: "SaveImage", pos: [680, 0], size: [270, 270], flags: {}, order: 2, mode: 0, inputs: [{ name: "images", type: "IMAGE", link: 2 }], outputs: [], properties: {}, widgets_values: ["masks/painted"] },
    ],
    links: [[1, 1, 1, 2, 0, "MASK"], [2, 2, 0, 3, 0, "IMAGE"]],
  });
}

/** Two pictures of one colour each, saved side by side: nodes 1 > 2 and 3 > 4. */
export function twoBranches(): string {
  const empty = (id: number, y: number, link: number) => ({ id, type: "EmptyImage", pos: [0, y], size: [280, 160], flags: {}, order: id, mode: 0, inputs: [], outputs: [{ name: "IMAGE", type: "IMAGE", links: [link] }], properties: {}, widgets_values: [32, 32, 1, id * 1000] });
  const save = (id: number, y: number, link: number) => ({ id, type: "SaveImage", title: `Save ${id}`, pos: [400, y], size: [280, 240], flags: {}, order: id, mode: 0, inputs: [{ name: "images", type: "IMAGE", link }], outputs: [], properties: {}, widgets_values: [`branch${id}`] });
  return JSON.stringify({
    last_node_id: 4, last_link_id: 2, version: 0.4, groups: [], config: {}, extra: {},
    nodes: [empty(1, 0, 1), save(2, 0, 1), empty(3, 320, 2), save(4, 320, 2)],
    links: [[1, 1, 0, 2, 0, "IMAGE"], [2, 3, 0, 4, 0, "IMAGE"]],
  });
}

/** A plain green picture, 64 pixels wide and high. */
export async function greenPicture(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const sheet = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
    const drawing = sheet.getContext("2d");
    if (drawing) Object.assign(drawing, { fillStyle: "#0a0" }).fillRect(0, 0, 64, 64);
    return sheet.toDataURL("image/png");
  });
  return Buffer.from(url.split(",")[1] ?? "", "base64");
}
