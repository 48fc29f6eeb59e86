import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { open, test } from "./open";
import { ownServer } from "./own";
import { Server } from "./serve";
import { command, jsonOf, nodes, openBeside, openDrawer, select, tabNames } from "./work";
import { shipped } from "./workflows";

const server = ownServer(() => Server.make());
const fileOf = (name: string) => join(server().base, "user", "default", "subgraphs", `${name}.json`);

/** Publishes txt2img without what saves its picture. */
async function publish(page: Page, name: string): Promise<void> {
  await openBeside(page, "source", shipped("txt2img"));
  const inside = (await jsonOf(page)).nodes.filter(({ type }) => !/Save|Note/.test(type));
  await select(page, ...inside.map(({ id }) => String(id)));
  await page.keyboard.press("Control+Shift+e");
  await page.locator(".react-flow__node.selected .node-bar").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Publish the subgraph" }).click();
  const dialog = page.getByRole("dialog", { name: "Publish the subgraph" });
  await dialog.waitFor();
  await page.keyboard.type(name);
  await dialog.getByRole("textbox", { name: "What it does" }).fill("From words to a picture.");
  await dialog.getByRole("button", { name: "Publish", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Adds a node by the search; it is selected then. */
async function add(page: Page, words: string, title: string): Promise<void> {
  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Search nodes" }).fill(words);
  await page.getByRole("option", { name: title }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".react-flow__node.selected").and(page.getByLabel(title)).waitFor();
}

test("a subgraph is published, found by its name in a fresh workflow, placed and run there, and undo takes it out", async () => {
  await publish(await open({ url: server().url }), "Paint it");
  expect(JSON.parse(await readFile(fileOf("Paint it"), "utf-8"))).toMatchObject({ version: 0.4, nodes: [{ id: 1 }], extra: { BlueprintDescription: "From words to a picture." } });

  const page = await open({ url: server().url });
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await page.keyboard.press("Alt+n");
  await expect.poll(() => nodes(page).count()).toBe(0);
  const before = await jsonOf(page);
  await add(page, "paint it", "Paint it");
  await page.keyboard.press("Control+z");
  await expect.poll(() => nodes(page).count()).toBe(0);
  expect(await jsonOf(page)).toEqual(before);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => nodes(page).count()).toBe(1);
  await add(page, "Save Image", "Save Image");
  await page.keyboard.press("l");
  await page.getByRole("dialog", { name: "Wire to" }).waitFor();
  await page.keyboard.type("images paint");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("main").getByRole("button", { name: /^Look at .*\.png$/ }).waitFor({ timeout: 150_000 });
}, 300_000);

test("the drawer lists the user's own, which can be removed and had back, and those that packs ship", async () => {
  const page = await open({ url: server().url });
  await publish(page, "Of mine");
  const folder = join(server().base, "custom_nodes", "film", "subgraphs");
  await mkdir(folder, { recursive: true });
  await cp(fileOf("Of mine"), join(folder, "Of a pack.json"));
  await command(page, "Reload nodes and models");
  await command(page, "New workflow");
  await openDrawer(page, "Nodes");
  const drawer = page.getByRole("complementary", { name: "Nodes" });
  await drawer.getByText("Subgraph blueprints").click();
  const entry = (title: string) => drawer.getByRole("button", { name: title, exact: true });
  await entry("Of a pack").click();
  await nodes(page).and(page.getByLabel("Of a pack")).waitFor();
  await entry("Of mine").dragTo(page.getByRole("main"), { targetPosition: { x: 700, y: 120 } });
  await expect.poll(() => nodes(page).count()).toBe(2);
  expect((await jsonOf(page)) as unknown).toMatchObject({ definitions: { subgraphs: [{ name: "Of mine" }] }, nodes: [{ title: "Of a pack" }, {}] });
  expect(await entry("Remove Of a pack").count()).toBe(0);
  await entry("Remove Of mine").click();
  await expect.poll(() => entry("Of mine").count()).toBe(0);
  await page.getByRole("button", { name: "Undo", exact: true }).last().click();
  await entry("Of mine").waitFor();
}, 180_000);
