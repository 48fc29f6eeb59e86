import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import type { WorkflowJson } from "./workflows.ts";

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

/** Drops a file onto the canvas, or onto a part of the page. */
export async function drop(page: Page, name: string, type: string, bytes: Buffer, target: Locator = page.getByRole("main")): Promise<void> {
  const data = await page.evaluateHandle(
    ([base64, name, type]) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type }));
      return transfer;
    },
    [bytes.toString("base64"), name, type] as const,
  );
  await target.dispatchEvent("dragover", { dataTransfer: data });
  await target.dispatchEvent("drop", { dataTransfer: data });
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

/** Runs a command by its name in the palette. */
export async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.keyboard.type(name); // the keyboard is the palette's at once
  await until(() => page.getByRole("option").first().innerText(), (text) => text.includes(name));
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** The open workflow as the file that Download gives, word for word. */
export async function textOf(page: Page): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent("download"), command(page, "Download as file")]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export async function jsonOf(page: Page): Promise<WorkflowJson> {
  return JSON.parse(await textOf(page)) as WorkflowJson;
}

/** Selects nodes by a click on the first one's title, and on the others' with shift. */
export async function select(page: Page, ...ids: string[]): Promise<void> {
  for (const [at, id] of ids.entries()) {
    await nodes(page).and(page.locator(`[data-id="${id}"]`)).locator(".node-bar").click({ modifiers: at === 0 ? [] : ["Shift"], position: { x: 40, y: 14 } });
  }
  await until(() => page.locator(".react-flow__node.selected").count(), (count) => count === ids.length);
}
