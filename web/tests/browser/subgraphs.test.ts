import { expect } from "vitest";
import { open, test } from "./open";
import { command, jsonOf, nodes, openBeside, runButton, select } from "./work";
import { shipped } from "./workflows";

test("a subgraph is made, entered, its widget promoted, run, and unpacked to what it was", async () => {
  const page = await open();
  await openBeside(page, "boxed", shipped("txt2img"));
  const before = await jsonOf(page);
  const id = (type: string) => String(before.nodes.find((node) => node.type === type)?.id);
  await select(page, id("EmptyLatentImage"), id("KSampler"), id("VAEDecode"));
  await page.keyboard.press("Control+Shift+e");
  await expect.poll(() => nodes(page).count()).toBe(before.nodes.length - 2);
  const instance = page.locator(".react-flow__node.selected");
  await page.keyboard.press("Enter");
  await page.getByRole("navigation", { name: "Where you are" }).getByText("Subgraph").waitFor();
  await page.locator(".react-flow__node-ports").first().waitFor();
  const sampler = nodes(page).and(page.getByLabel("KSampler", { exact: true }));
  await sampler.locator(".widget", { hasText: "steps" }).hover();
  await sampler.locator(".widget", { hasText: "steps" }).getByRole("button", { name: "Show on the subgraph" }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await instance.locator(".widget", { hasText: "steps" }).waitFor();
  await runButton(page).click();
  await nodes(page).getByRole("button", { name: /^Look at / }).waitFor({ timeout: 60_000 });
  await command(page, "Unpack the subgraph");
  await expect.poll(() => nodes(page).count()).toBe(before.nodes.length);
  const after = await jsonOf(page);
  expect(after.links?.length).toBe(before.links?.length);
  // A run rolls another seed.
  const values = (list: typeof before.nodes) => list.map((node) => `${node.type} ${JSON.stringify((node.widgets_values ?? []).slice(node.type === "KSampler" ? 1 : 0))}`).sort();
  expect(values(after.nodes)).toEqual(values(before.nodes));
}, 180_000);
