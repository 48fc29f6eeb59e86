import type { Page } from "playwright-core";
import { expect } from "vitest";
import { open, test } from "./open";
import { nodes, openDrawer, pictures, tabNames } from "./work";

type Point = [x: number, y: number];

/** Moves fingers along straight lines, in steps as hands do. */
async function fingers(page: Page, ...ways: [from: Point, to: Point][]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const at = (share: number) => ways.map(([from, to], id) => ({ x: from[0] + (to[0] - from[0]) * share, y: from[1] + (to[1] - from[1]) * share, id }));
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(0) });
  for (let step = 1; step <= 8; step++) await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(step / 8) });
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

const view = (page: Page) => page.locator(".react-flow__viewport").evaluate((element) => new DOMMatrix(getComputedStyle(element).transform)).then(({ a, e, f }) => ({ zoom: a, x: e, y: f }));

test("on a tablet fingers move the view, zoom it, select and drag a node, and run", async () => {
  const page = await open({ viewport: { width: 1100, height: 820 }, hasTouch: true, reducedMotion: "reduce" });
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await page.getByRole("region", { name: "Templates" }).getByRole("button", { name: "Close" }).tap();
  const start = await view(page);
  await fingers(page, [[500, 150], [400, 120]]);
  await expect.poll(async () => (await view(page)).x).toBeLessThan(start.x - 60);
  await fingers(page, [[480, 150], [300, 150]], [[520, 150], [700, 150]]);
  await expect.poll(async () => (await view(page)).zoom).toBeGreaterThan(start.zoom * 1.3);
  await page.getByRole("button", { name: "Fit into view" }).tap();
  const sampler = nodes(page).and(page.getByLabel("KSampler", { exact: true }));
  await sampler.locator(".node-name").tap();
  await page.locator(".react-flow__node.selected").and(page.getByLabel("KSampler", { exact: true })).waitFor();
  const before = await sampler.boundingBox();
  if (!before) throw new Error("The node is not shown.");
  await fingers(page, [[before.x + 60, before.y + 8], [before.x + 100, before.y + 98]]);
  await expect.poll(async () => (await sampler.boundingBox())?.y ?? 0).toBeGreaterThan(before.y + 60);
  await page.getByRole("button", { name: "Run", exact: true }).tap();
  await nodes(page).getByRole("button", { name: /^Look at / }).waitFor({ timeout: 60_000 });
});

test("on a phone a run is started, its queue and its picture are looked at", async () => {
  const page = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, reducedMotion: "reduce" });
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await page.getByRole("button", { name: "Run", exact: true }).tap();
  await openDrawer(page, "Queue");
  const queue = page.getByRole("complementary", { name: "Queue" });
  await queue.waitFor();
  expect((await queue.boundingBox())?.width).toBe(390);
  await openDrawer(page, "Gallery");
  await pictures(page).first().tap({ timeout: 60_000 });
  await page.getByRole("dialog").getByRole("img").first().waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
