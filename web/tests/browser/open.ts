import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, test as plain } from "vitest";
import { CHROMIUM, launch } from "./chromium";
import { sharedServer } from "./own";

const EXPECTED = /Failed to load resource|WebSocket connection|Content Security Policy/;

/** A test in the browser; skipped where there is none. */
export const test = CHROMIUM === null ? plain.skip : plain;

export type OpenOptions = BrowserContextOptions & { url?: string; path?: string };

let browser: Browser | undefined;
let contexts: BrowserContext[] = [];
let errors: string[] = [];

/** Opens the editor in a fresh browser profile. An error that the page reports fails the test. */
export async function open({ url = sharedServer().url, path = "/", ...options }: OpenOptions = {}): Promise<Page> {
  browser ??= await launch();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(error.stack ?? error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) errors.push(message.text());
  });
  await page.goto(url + path);
  return page;
}

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") for (const page of contexts.flatMap((context) => context.pages())) await tell(page);
  const found = errors;
  const old = contexts;
  [errors, contexts] = [[], []];
  await Promise.all(old.map((context) => context.close()));
  if (found.length > 0) throw new Error(`The page reported errors:\n${found.join("\n")}`);
});

/** Prints what a page showed as its test failed: where that happens once in a hundred runs, nothing else tells why. */
async function tell(page: Page): Promise<void> {
  const shown = await page.locator("body").innerText({ timeout: 5_000 }).catch(String);
  console.error(`${page.url()} showed:\n${shown.slice(0, 3000)}`);
}

afterAll(() => browser?.close());
