import type { Page } from "playwright-core";
import { expect } from "vitest";
import { open, test } from "./open";
import { sharedServer } from "./own";
import { tabNames } from "./work";

/** The most until the first workflow and the templates stand; bytes are those on the wire. What Lighthouse looks at, without its clock. */
const MOST = { script: 350_000, style: 40_000, other: 400_000, requests: 60, elements: 1500, shift: 0.1 };

interface Load {
  name: string;
  kind: "script" | "style" | "other";
  /** Of the body on the wire, and without compression. */
  bytes: number;
  whole: number;
  /** With the headers; 0 where the browser had it. */
  fetched: number;
}

function loads(page: Page): Promise<Load[]> {
  return page.evaluate(() => {
    const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const kindOf = (name: string) => (name.endsWith(".js") ? "script" : name.endsWith(".css") ? "style" : "other");
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(new URL(entry.name).pathname), bytes: entry.encodedBodySize, whole: entry.decodedBodySize, fetched: entry.transferSize }));
  });
}

async function stands(page: Page): Promise<void> {
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await page.getByRole("region", { name: "Templates" }).getByRole("button", { name: "txt2img" }).waitFor();
}

test("the first load stays within its budget, comes compressed from this server only, and does not come twice", async () => {
  const page = await open();
  await stands(page);
  const all = await loads(page);
  const code = all.filter(({ kind }) => kind !== "other");
  const sum = (kind: Load["kind"]) => all.filter((load) => load.kind === kind).reduce((bytes, load) => bytes + load.bytes, 0);
  expect(code.length).toBeGreaterThan(1);
  expect(code.filter(({ bytes, whole }) => bytes === 0 || (whole > 2000 && bytes > whole / 2)).map(({ name }) => name)).toEqual([]);
  expect(sum("script")).toBeLessThanOrEqual(MOST.script);
  expect(sum("style")).toBeLessThanOrEqual(MOST.style);
  expect(sum("other")).toBeLessThanOrEqual(MOST.other);
  expect(all.length).toBeLessThanOrEqual(MOST.requests);
  expect(all.filter(({ name }) => !name.startsWith(sharedServer().url))).toEqual([]);
  await page.reload();
  await page.getByRole("main").waitFor();
  const again = (await loads(page)).filter(({ kind }) => kind !== "other");
  expect(again.filter(({ fetched }) => fetched > 0).map(({ name }) => name)).toEqual([]);
});

test("what is drawn first is small and stays in its place, and the page says what it is", async () => {
  const page = await open();
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) if (!entry.hadRecentInput) shifts.push(entry.value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.evaluate(() => { localStorage.clear(); });
  await page.reload();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await page.getByRole("main").getByText("KSampler").waitFor();
  const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThanOrEqual(MOST.shift);
  expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThanOrEqual(MOST.elements);
  for (const name of ["description", "viewport"]) expect(await page.locator(`meta[name="${name}"]`).getAttribute("content")).toBeTruthy();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
});
