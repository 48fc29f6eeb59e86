/** Pictures of the main screens for the docs, with the model that ships: `python -m tools.editor pictures`. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launch, type Page } from "./chromium.ts";
import { ROOT, Server } from "./serve.ts";
import { command, drop, nodes, openDrawer, pictures, runButton, select } from "./work.ts";
import { broken, shipped } from "./workflows.ts";

const FOLDER = join(ROOT, "docs", "images");
const LIMIT = 80_000; // bytes of a picture

async function shot(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(900);
  const session = await page.context().newCDPSession(page);
  for (let quality = 90; quality > 0; quality -= 15) {
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality });
    const bytes = Buffer.from(data, "base64");
    if (bytes.length > LIMIT && quality > 15) continue;
    await writeFile(join(FOLDER, `editor-${name}.webp`), bytes);
    console.log(`editor-${name}.webp: ${Math.round(bytes.length / 1000)} kB`);
    return;
  }
}

const sampler = (page: Page) => nodes(page).and(page.getByLabel("KSampler", { exact: true }));

/** Name -> what leads there from the screen before. */
const SCREENS: Record<string, (page: Page) => Promise<void>> = {
  start: async (page) => page.getByRole("region", { name: "Templates" }).waitFor(),
  result: async (page) => {
    await runButton(page).click();
    await nodes(page).getByRole("button", { name: /^Look at / }).waitFor({ timeout: 120_000 });
  },
  search: async (page) => {
    await page.keyboard.press("/");
    await page.keyboard.type("latent");
  },
  queue: async (page) => {
    await page.keyboard.press("Escape");
    await page.getByRole("spinbutton", { name: "How often to run" }).fill("4");
    await runButton(page).click();
    await openDrawer(page, "Queue");
    await sampler(page).locator(".node-picture").waitFor({ timeout: 60_000 });
  },
  compare: async (page) => {
    await openDrawer(page, "Gallery");
    await pictures(page).nth(3).waitFor({ timeout: 120_000 });
    await pictures(page).first().click();
    await page.getByRole("button", { name: "Compare with another picture" }).click();
    await page.getByRole("group", { name: /^Compare with/ }).getByRole("button").first().click();
  },
  subgraph: async (page) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("f");
    await page.waitForTimeout(400);
    await select(page, (await sampler(page).getAttribute("data-id")) ?? "");
    await page.keyboard.press("Control+Shift+e");
    await page.keyboard.press("Enter");
  },
  error: async (page) => {
    await drop(page, "mistake.json", "application/json", Buffer.from(broken()));
    await page.getByRole("tab", { name: "mistake", selected: true }).waitFor();
    await runButton(page).click();
    await page.getByRole("region", { name: "Problems" }).waitFor();
  },
  light: async (page) => {
    await page.keyboard.press("Escape");
    await command(page, "Use the light theme");
    await drop(page, "area_composition.json", "application/json", Buffer.from(shipped("area_composition")));
    await page.getByRole("tab", { name: "area_composition", selected: true }).waitFor();
  },
};

const server = await Server.make(false);
const browser = await launch();
try {
  await mkdir(FOLDER, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-GB", reducedMotion: "reduce" });
  await page.goto(server.url);
  await page.getByRole("tab", { name: "txt2img" }).waitFor();
  for (const [name, go] of Object.entries(SCREENS)) {
    await go(page);
    await shot(page, name);
  }
} finally {
  await browser.close();
  await server.remove();
}
