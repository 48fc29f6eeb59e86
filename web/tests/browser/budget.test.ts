import { expect } from "vitest";
import { open, test } from "./open";
import { tabNames } from "./work";

const SCRIPTS = 350_000; // bytes on the wire until the first workflow stands

test("the first load stays within its budget of scripts", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  const sizes = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter((entry): entry is PerformanceResourceTiming => entry instanceof PerformanceResourceTiming && /\.js$/.test(entry.name))
      .map((entry) => entry.encodedBodySize),
  );
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.every((size) => size > 0)).toBe(true);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(SCRIPTS);
});
