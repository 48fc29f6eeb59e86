import { expect } from "vitest";
import { open, test } from "./open";
import { jsonOf, nodes, openBeside, select } from "./work";
import { shipped } from "./workflows";

/** Keys go by way of the browser's own clipboard, as other tabs and programs see it. */
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

test("nodes are copied to another tab with the wires between them, and duplicated with those that come in", async () => {
  const page = await open(CLIPBOARD);
  await openBeside(page, "origin", shipped("txt2img"));
  const { nodes: all } = await jsonOf(page);
  const id = (type: string) => String(all.find((node) => node.type === type)?.id);
  await select(page, id("KSampler"), id("VAEDecode"));
  await page.keyboard.press("Control+d");
  await expect.poll(async () => (await jsonOf(page)).nodes.length).toBe(all.length + 2);
  const twin = (await jsonOf(page)).nodes.filter((node) => node.type === "KSampler")[1];
  expect(twin?.inputs?.slice(0, 4).every((input) => input.link !== null)).toBe(true);
  await select(page, id("KSampler"), id("VAEDecode"));
  await page.keyboard.press("Control+c");
  await page.keyboard.press("Alt+n");
  await expect.poll(() => nodes(page).count()).toBe(0);
  await page.keyboard.press("Control+v");
  await expect.poll(() => nodes(page).count()).toBe(2);
  const pasted = await jsonOf(page);
  expect(pasted.links?.length).toBe(1);
  expect(pasted.nodes.map((node) => node.type).sort()).toEqual(["KSampler", "VAEDecode"]);
});

test("what an editor of the field has put on the clipboard is pasted, groups too", async () => {
  const page = await open(CLIPBOARD);
  await expect.poll(() => page.getByRole("tab").count()).toBe(1);
  await page.keyboard.press("Alt+n");
  await expect.poll(() => nodes(page).count()).toBe(0);
  const clip = {
    nodes: [
      { id: 5, type: "EmptyLatentImage", pos: [0, 0], size: [270, 110], flags: {}, order: 0, mode: 0, inputs: [], outputs: [{ name: "LATENT", type: "LATENT", links: [] }], properties: {}, widgets_values: [256, 128, 2] },
      { id: 6, type: "VAEDecode", pos: [320, 0], size: [210, 60], flags: {}, order: 1, mode: 0, inputs: [{ name: "samples", type: "LATENT", link: null }, { name: "vae", type: "VAE", link: null }], outputs: [{ name: "IMAGE", type: "IMAGE", links: [] }], properties: {}, widgets_values: [] },
    ],
    groups: [{ id: 1, title: "Of elsewhere", bounding: [-20, -80, 600, 240], color: "#3f789e", flags: {} }],
    reroutes: [],
    links: [{ id: 3, origin_id: 5, origin_slot: 0, target_id: 6, target_slot: 0, type: "LATENT" }],
    subgraphs: [],
  };
  await page.evaluate(async (clip) => {
    const data = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(clip))));
    const html = `<meta charset="utf-8"><div><span data-metadata="${data}"></span></div><span style="white-space:pre-wrap;">Text</span>`;
    await navigator.clipboard.write([new ClipboardItem({ "text/html": new Blob([html], { type: "text/html" }) })]);
  }, clip);
  await page.keyboard.press("Control+v");
  await expect.poll(() => nodes(page).count()).toBe(2);
  const made = await jsonOf(page);
  expect(made.links?.length).toBe(1);
  expect(made.nodes.find((node) => node.type === "EmptyLatentImage")?.widgets_values).toEqual([256, 128, 2]);
  expect(made.groups?.map((group) => group.title)).toEqual(["Of elsewhere"]);
});
