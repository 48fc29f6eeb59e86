import { expect } from "vitest";
import { chains } from "./many";
import { open, test } from "./open";
import { nodes, openBeside } from "./work";

test("from afar nodes are a picture, in which one can be selected, dragged, and boxed in", async () => {
  const page = await open();
  await openBeside(page, "many", chains(120));
  await expect.poll(() => nodes(page).count()).toBe(0);
  await page.getByRole("main").getByRole("img", { name: "120 nodes, seen from afar" }).waitFor();
  const place = async () => {
    const box = await page.locator(".react-flow__node.selected").boundingBox();
    return box && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  await page.keyboard.press("ArrowRight"); // selects a node, and goes to it
  await page.locator(".react-flow__node.selected .node").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("f");
  await expect.poll(() => page.locator(".canvas[data-far]").count()).toBe(1);
  await expect.poll(() => nodes(page).count()).toBe(0);
  await page.mouse.click(410, 200); // a text of the first row
  await page.locator(".react-flow__node.selected").waitFor();
  const before = await place();
  await page.mouse.move(410, 200);
  await page.mouse.down();
  await page.mouse.move(440, 130, { steps: 4 });
  await page.mouse.up();
  const after = await place();
  // The first step only tells a drag from a click.
  expect((after?.x ?? 0) - (before?.x ?? 0)).toBeGreaterThan(15);
  expect((after?.y ?? 0) - (before?.y ?? 0)).toBeLessThan(-35);
  await page.keyboard.press("Control+z");
  await expect.poll(place).toEqual(before);
  await page.keyboard.down("Shift");
  await page.mouse.move(60, 60);
  await page.mouse.down();
  await page.mouse.move(530, 286, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await expect.poll(() => page.locator(".react-flow__node.selected").count()).toBe(8);
  // The map goes where it is pressed, and zooms by the wheel.
  const view = () => page.locator(".react-flow__viewport").evaluate((element) => new DOMMatrix(getComputedStyle(element).transform)).then(({ a, e, f }) => ({ zoom: a, x: e, y: f }));
  const map = await page.getByRole("img", { name: "Map of the graph" }).boundingBox();
  if (!map) throw new Error("The map is not shown.");
  const fitted = await view();
  await page.mouse.click(map.x + map.width - 12, map.y + map.height - 12);
  await expect.poll(async () => (await view()).x).toBeLessThan(fitted.x - 100);
  expect((await view()).zoom).toBeCloseTo(fitted.zoom);
  await page.mouse.wheel(0, -100);
  await expect.poll(async () => (await view()).zoom).toBeGreaterThan(fitted.zoom * 1.1);
});
