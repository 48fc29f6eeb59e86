import { expect } from "vitest";
import { open, test } from "./open";
import { nodes, openBeside, tabNames, textOf } from "./work";
import type { Locator, Page } from "playwright-core";

/** Adds a node by `/` and its name; it is selected then. */
async function add(page: Page, name: string): Promise<void> {
  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Search nodes" }).waitFor();
  await page.keyboard.type(name);
  await page.getByRole("option", { name, exact: false }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".react-flow__node.selected").and(page.getByLabel(name)).waitFor();
}

/** Wires the selected node by `l` and words of the wire. */
async function wire(page: Page, words: string): Promise<void> {
  await page.keyboard.press("l");
  await page.getByRole("dialog", { name: "Wire to" }).waitFor();
  await page.keyboard.type(words);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Wire to" }).waitFor({ state: "detached" });
}

test("txt2img is built from an empty canvas by keyboard only, and runs", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await page.keyboard.press("Alt+n");
  await expect.poll(() => nodes(page).count()).toBe(0);
  await add(page, "Load Checkpoint");
  for (const text of ["a red circle", "blurry"]) {
    await add(page, "CLIP Text Encode");
    await wire(page, "clip load");
    await page.keyboard.press("Enter");
    await page.keyboard.type(text);
    await page.keyboard.press("Escape");
  }
  await add(page, "Empty Latent Image");
  await page.keyboard.press("Enter");
  await page.keyboard.type("64");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("64");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await add(page, "KSampler");
  for (const words of ["model load", "positive #2", "negative #3", "latent empty"]) await wire(page, words);
  await add(page, "VAE Decode");
  for (const words of ["samples ksampler", "vae load"]) await wire(page, words);
  await add(page, "Save Image");
  await wire(page, "images decode");
  await page.keyboard.press("Shift+T");
  await page.keyboard.press("f");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("main").getByRole("button", { name: /^Look at .*\.png$/ }).waitFor({ timeout: 150_000 });
}, 300_000);

test("the search of nodes and the menu lie inside the window, wherever they are opened", async () => {
  const page = await open({ viewport: { width: 900, height: 420 } });
  await openBeside(page, "empty", JSON.stringify({ nodes: [], links: [], groups: [], last_node_id: 0, last_link_id: 0, version: 0.4 }));
  const isInside = (box: Locator) =>
    box.evaluate((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    });
  await page.mouse.dblclick(880, 240);
  expect(await isInside(page.getByRole("dialog", { name: "Search nodes" }))).toBe(true);
  await page.keyboard.press("Escape");
  await page.mouse.click(880, 240, { button: "right" });
  const menu = page.getByRole("menu");
  expect(await isInside(menu)).toBe(true);
  await page.setViewportSize({ width: 700, height: 400 });
  await expect.poll(() => isInside(menu), { message: "in a smaller window" }).toBe(true);
  await menu.evaluate((element) => element.append(...Array.from({ length: 3 }, () => document.createElement("hr"))));
  await expect.poll(() => isInside(menu), { message: "with more in it" }).toBe(true);
});

test("a wrong wire is refused, and says why while it is in the hand", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  const wires = () => page.locator(".react-flow__edge").count();
  await expect.poll(wires).toBe(9);
  const socket = (node: string, id: string) => page.getByRole("main").locator(`[data-nodeid="${node}"][data-handleid="${id}"]`);
  const idOf = async (title: string) => (await nodes(page).and(page.getByLabel(title, { exact: true })).getAttribute("data-id")) ?? "";
  await socket(await idOf("Load Checkpoint"), "o:0").hover();
  await page.mouse.down();
  await socket(await idOf("Save Image"), "i:images").hover();
  await page.getByRole("alert").getByText("A wire of model does not fit image.").waitFor();
  await page.mouse.up();
  await page.getByRole("status").getByText("A wire of model does not fit image.").waitFor();
  expect(await wires()).toBe(9);
});

test("undo of 200 random edits returns to the same bytes", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  const before = await textOf(page);
  await press(page, randomEdits(200));
  expect(await textOf(page)).not.toBe(before);
  await press(page, Array<string>(220).fill("ctrl+z"));
  expect(await textOf(page)).toBe(before);
});

const EDITS = ["ctrl+d", "c", "ctrl+m", "ctrl+b", "ctrl+g", "shift+ArrowRight", "shift+ArrowDown", "shift+T", "Delete", "alt+ArrowLeft", "ctrl+shift+e", "ArrowRight", "ArrowLeft", "ArrowDown", "ctrl+z", "ctrl+shift+z"];

/** The same edits every time; now and then another node is selected. */
function randomEdits(count: number): string[] {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  return Array.from({ length: count }, (_, at) => (at % 6 === 0 ? "ArrowRight" : (EDITS[random(EDITS.length)] ?? "c")));
}

/** Presses keys within the page, each in a picture of its own: hundreds by way of the browser's protocol take minutes. */
async function press(page: Page, keys: readonly string[]): Promise<void> {
  await page.evaluate(async (keys) => {
    for (const name of keys) {
      const [ctrlKey, shiftKey, altKey] = ["ctrl+", "shift+", "alt+"].map((part) => name.includes(part));
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: name.split("+").at(-1) ?? "", ctrlKey, shiftKey, altKey, bubbles: true, cancelable: true } as KeyboardEventInit));
      await new Promise(requestAnimationFrame);
    }
  }, keys);
}
