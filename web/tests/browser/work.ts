import type { Page } from "playwright-core";
import { expect } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./serve";

/** A workflow file that ships. */
export function shipped(name: string): string {
  return readFileSync(join(ROOT, "workflows", `${name}.json`), "utf-8");
}

interface NodeJson {
  type: string;
  widgets_values: unknown[];
}

/** txt2img with so many steps, and another seed for every run: the time that it takes is the test's choice. */
export function slow(steps: number): Buffer {
  const workflow = JSON.parse(shipped("txt2img")) as { nodes: NodeJson[] };
  for (const node of workflow.nodes) {
    if (node.type === "KSampler") node.widgets_values = [Math.floor(Math.random() * 1e9), "randomize", steps, ...node.widgets_values.slice(3)];
  }
  return Buffer.from(JSON.stringify(workflow));
}

/** Opens a workflow beside the first one, once the editor stands. */
export async function openBeside(page: Page, name: string, text: Buffer | string): Promise<void> {
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await drop(page, `${name}.json`, "application/json", Buffer.from(text));
  await page.getByRole("tab", { name, selected: true }).waitFor();
}

export const runButton = (page: Page) => page.getByRole("button", { name: "Run", exact: true });

/** The nodes on the canvas; groups are none. */
export const nodes = (page: Page) => page.getByRole("main").locator(".react-flow__node:not(.react-flow__node-box)");

/** Opens a drawer by its button on the rail. */
export async function openDrawer(page: Page, name: string): Promise<void> {
  const button = page.getByRole("navigation").getByRole("button", { name, exact: true });
  if ((await button.getAttribute("aria-expanded")) !== "true") await button.click();
}

export const pictures = (page: Page) => page.getByRole("list", { name: "Gallery" }).getByRole("button");

/** Drops a file onto the canvas. */
export async function drop(page: Page, name: string, type: string, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(
    ([base64, name, type]) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type }));
      return transfer;
    },
    [bytes.toString("base64"), name, type] as const,
  );
  const main = page.getByRole("main");
  await main.dispatchEvent("dragover", { dataTransfer: data });
  await main.dispatchEvent("drop", { dataTransfer: data });
}

export async function tabNames(page: Page): Promise<string[]> {
  return page.getByRole("tab").allInnerTexts();
}

/** Waits until something holds that no single element shows. */
export async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean, seconds = 30): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > end) expect.fail(`It did not come to hold; last seen: ${JSON.stringify(value)}`);
    await new Promise((later) => setTimeout(later, 100));
  }
}
