import type { Page } from "playwright-core";
import { expect } from "vitest";
import { open, test } from "./open";
import { command, jsonOf, nodes, openBeside, select, until } from "./work";
import { shipped } from "./workflows";

/** Opens txt2img under another name; gives the ids of its nodes by type. */
async function begin(page: Page): Promise<(type: string) => string> {
  await openBeside(page, "shaped", shipped("txt2img"));
  const { nodes: all } = await jsonOf(page);
  await expect.poll(() => page.locator(".react-flow__edge").count()).toBe(9);
  return (type) => String(all.find((node) => node.type === type)?.id);
}

const wires = (page: Page) => page.locator(".react-flow__edge").count();
const socket = (page: Page, node: string, id: string) => page.getByRole("main").locator(`[data-nodeid="${node}"][data-handleid="${id}"]`);

/** Pairs of nodes that cover each other on the screen. */
function overlapping(page: Page): Promise<string[]> {
  return nodes(page).evaluateAll((all) => all.flatMap((one, at) => all.slice(at + 1).flatMap((other) => {
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    const isClear = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    return isClear ? [] : [`${one.getAttribute("aria-label")} over ${other.getAttribute("aria-label")}`];
  })));
}

/** The middle of a wire between two sockets, on the screen. */
async function middleOf(page: Page, from: [string, string], to: [string, string]): Promise<[number, number]> {
  const [one, other] = [await socket(page, ...from).boundingBox(), await socket(page, ...to).boundingBox()];
  if (!one || !other) throw new Error("A socket is not shown.");
  return [(one.x + one.width / 2 + other.x + other.width / 2) / 2, (one.y + one.height / 2 + other.y + other.height / 2) / 2];
}

test("a double click on a wire puts a reroute into it, alt-click cuts, a ctrl-stroke cuts what it crosses", async () => {
  const page = await open();
  const id = await begin(page);
  const decoded: [[string, string], [string, string]] = [[id("VAEDecode"), "o:0"], [id("SaveImage"), "i:images"]];
  await page.mouse.dblclick(...(await middleOf(page, ...decoded)));
  const reroute = page.locator(".react-flow__node-reroute");
  await reroute.waitFor();
  expect(await wires(page)).toBe(10);
  expect(await reroute.innerText()).toBe("image");
  const [first, last] = [await socket(page, id("CheckpointLoaderSimple"), "o:0").boundingBox(), await socket(page, id("CheckpointLoaderSimple"), "o:2").boundingBox()];
  if (!first || !last) throw new Error("The sockets are not shown.");
  await page.keyboard.down("Control");
  await page.mouse.move(first.x + 30, first.y - 15);
  await page.mouse.down();
  await page.mouse.move(first.x + 30, last.y + 25, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up("Control");
  await expect.poll(() => wires(page)).toBe(7);
  const sampled: [[string, string], [string, string]] = [[id("KSampler"), "o:0"], [id("VAEDecode"), "i:samples"]];
  await page.keyboard.down("Alt");
  await page.mouse.click(...(await middleOf(page, ...sampled)));
  await page.keyboard.up("Alt");
  await expect.poll(() => wires(page)).toBe(6);
  for (let turn = 0; turn < 3; turn++) await page.keyboard.press("Control+z");
  await expect.poll(() => wires(page)).toBe(9);
  expect(await reroute.count()).toBe(0);
});

test("a wire that is dropped on nothing lists what fits", async () => {
  const page = await open();
  const id = await begin(page);
  await command(page, "Zoom to 100%");
  await select(page, id("SaveImage"));
  const from = await socket(page, id("VAEDecode"), "o:0").boundingBox();
  if (!from) throw new Error("The socket is not shown.");
  await page.mouse.move(from.x + 5, from.y + 5);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y + 330, { steps: 4 });
  await page.mouse.up();
  await page.getByRole("dialog", { name: "Nodes that take image" }).waitFor();
  await page.keyboard.type("Invert Image");
  await page.keyboard.press("Enter");
  await expect.poll(() => wires(page)).toBe(10);
  const { nodes: all } = await jsonOf(page);
  expect(all.some((node) => node.type === "ImageInvert" && node.inputs?.[0]?.link !== null)).toBe(true);
});

test("a node that is let go on a wire goes into it: the wire shows that it will, and one undo takes both back", async () => {
  const page = await open({ reducedMotion: "reduce" }); // a view that glides would be measured on its way
  const id = await begin(page);
  const linksOf = async () => (await jsonOf(page)).links ?? [];
  const before = await jsonOf(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("Invert Image");
  await page.keyboard.press("Enter");
  const inverter = nodes(page).and(page.getByLabel("Invert Image"));
  await inverter.waitFor();
  const bar = await inverter.locator(".node-name").boundingBox();
  const [x, y] = await middleOf(page, [id("VAEDecode"), "o:0"], [id("SaveImage"), "i:images"]);
  if (!bar) throw new Error("The node is not shown.");
  await page.mouse.move(bar.x + bar.width / 2, bar.y + 5);
  await page.mouse.down();
  await page.mouse.move(bar.x + bar.width / 2 + 4, bar.y + 9); // tells a drag from a click, and the node stays behind by it
  await page.mouse.move(x, y + 40, { steps: 4 });
  await page.mouse.move(x, y - 8, { steps: 4 });
  await page.locator(".react-flow__edge[data-taking]").waitFor({ state: "attached" });
  await page.mouse.up();
  await expect.poll(async () => (await linksOf()).length).toBe(10);
  const { nodes: all } = await jsonOf(page);
  const made = all.find((node) => node.type === "ImageInvert");
  const ends = (await linksOf()).map(([, from, , to]) => `${from} ${to}`);
  expect(ends).toContain(`${id("VAEDecode")} ${made?.id}`);
  expect(ends).toContain(`${made?.id} ${id("SaveImage")}`);
  expect(await page.locator("[data-taking]").count()).toBe(0);
  await page.keyboard.press("Control+z");
  expect(await linksOf()).toEqual(before.links);
  expect((await jsonOf(page)).nodes.find((node) => node.type === "ImageInvert")?.pos).not.toEqual(made?.pos);
});

test("colours, mute, bypass and collapse show on the node and in the file", async () => {
  const page = await open();
  const id = await begin(page);
  const sampler = nodes(page).and(page.locator(`[data-id="${id("KSampler")}"]`));
  const one = async () => (await jsonOf(page)).nodes.find((node) => String(node.id) === id("KSampler"));
  await sampler.locator(".node-bar").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Colour 4" }).click();
  await sampler.locator(".node[data-tinted]").waitFor();
  expect((await one())?.color).toBe("#232");
  await page.keyboard.press("Control+m");
  await sampler.getByText("muted", { exact: true }).waitFor();
  expect((await one())?.mode).toBe(2);
  await page.keyboard.press("Control+b");
  await sampler.getByText("bypassed", { exact: true }).waitFor();
  expect((await one())?.mode).toBe(4);
  await page.keyboard.press("Control+b");
  await page.keyboard.press("c");
  await expect.poll(() => sampler.locator(".widget").count()).toBe(0);
  expect((await one())?.flags).toEqual({ collapsed: true });
  expect(await wires(page)).toBe(9);
});

test("what a box has selected moves as one, and its widgets can be reached at once", async () => {
  const page = await open();
  const id = await begin(page);
  await page.keyboard.press("f");
  const place = async (type: string) => (await jsonOf(page)).nodes.find((node) => String(node.id) === id(type))?.pos;
  const [sampler, decoder] = [nodes(page).and(page.getByLabel("KSampler", { exact: true })), nodes(page).and(page.getByLabel("VAE Decode", { exact: true }))];
  const [from, to] = [await sampler.boundingBox(), await decoder.boundingBox()];
  if (!from || !to) throw new Error("A node is not shown.");
  await page.keyboard.down("Shift");
  await page.mouse.move(from.x - 3, from.y + from.height + 60);
  await page.mouse.down();
  await page.mouse.move(to.x + 20, to.y + 20, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await until(() => page.locator(".react-flow__node-graph.selected").count(), (count) => count === 2);
  await sampler.locator(".widget", { hasText: "steps" }).getByText("steps").click();
  await page.getByRole("textbox", { name: "steps" }).press("Escape");
  const before = [await place("KSampler"), await place("VAEDecode")];
  await page.mouse.move(from.x + 60, from.y + 8);
  await page.mouse.down();
  await page.mouse.move(from.x + 90, from.y + 30, { steps: 4 });
  await page.mouse.up();
  const after = [await place("KSampler"), await place("VAEDecode")];
  const shift = (at: number) => [0, 1].map((axis) => Math.round(Number(after[at]?.[axis]) - Number(before[at]?.[axis])));
  expect(shift(0)).toEqual(shift(1));
  expect(shift(0)).not.toEqual([0, 0]);
});

test("nodes are aligned, distributed, tidied up, grouped, and move with their group", async () => {
  const page = await open();
  const id = await begin(page);
  const texts = (await jsonOf(page)).nodes.filter((node) => node.type === "CLIPTextEncode").map((node) => String(node.id));
  await select(page, ...texts, id("EmptyLatentImage"));
  await page.keyboard.press("Alt+ArrowLeft");
  const places = async () => (await jsonOf(page)).nodes.filter((node) => [...texts, id("EmptyLatentImage")].includes(String(node.id))).map((node) => node.pos);
  expect(new Set((await places()).map(([x]) => x)).size).toBe(1);
  await command(page, "Distribute down");
  const before = await places();
  await page.keyboard.press("Control+g");
  const head = page.locator(".group-head", { hasText: /^Group$/ });
  await head.waitFor();
  const box = await head.boundingBox();
  if (!box) throw new Error("The group is not shown.");
  await page.mouse.move(box.x + 20, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x + 50, box.y + 12);
  await page.mouse.move(box.x + 120, box.y + 52, { steps: 3 });
  await page.mouse.up();
  await expect.poll(async () => new Set((await places()).map(([x, y], at) => `${x - (before[at]?.[0] ?? 0)} ${y - (before[at]?.[1] ?? 0)}`)).size).toBe(1);
  expect(await places()).not.toEqual(before);
  await head.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Remove the group" }).click();
  await expect.poll(() => head.count()).toBe(0);
  await page.keyboard.press("Escape");
  const untidy = await jsonOf(page);
  await page.keyboard.press("Shift+T");
  const tidy = await jsonOf(page);
  expect(tidy.nodes.map((node) => node.pos)).not.toEqual(untidy.nodes.map((node) => node.pos));
  const across = (node: number | undefined) => tidy.nodes.find((each) => each.id === node)?.pos[0] ?? NaN;
  for (const [, from, , to] of tidy.links ?? []) expect(across(from)).toBeLessThan(across(to));
  expect(await overlapping(page)).toEqual([]);
  await page.keyboard.press("Control+z");
  expect((await jsonOf(page)).nodes).toEqual(untidy.nodes);
});

test("nodes that are dragged snap to the grid where it is on", async () => {
  const page = await open();
  const id = await begin(page);
  await page.keyboard.press("Control+,");
  await page.getByRole("dialog").getByLabel("Snap nodes to the grid").check();
  await page.keyboard.press("Escape");
  const bar = nodes(page).and(page.locator(`[data-id="${id("EmptyLatentImage")}"]`)).locator(".node-name");
  const box = await bar.boundingBox();
  if (!box) throw new Error("The node is not shown.");
  await page.mouse.move(box.x + 20, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 57, box.y + 63, { steps: 5 });
  await page.mouse.up();
  const pos = async () => (await jsonOf(page)).nodes.find((node) => String(node.id) === id("EmptyLatentImage"))?.pos ?? [1, 1];
  await expect.poll(async () => (await pos()).map((each) => Math.abs(each % 10))).toEqual([0, 0]);
});
