/** Every screen of the editor, and what leads there: axe-core judges each (access.test.ts). */

import type { Page } from "playwright-core";
import { broken, greenPicture, masking, odd, shipped } from "./workflows.ts";
import { command, drop, nodes, openDrawer, pictures, runButton, select } from "./work.ts";

/** What leads to a screen from the one before. */
export type Way = (page: Page) => Promise<unknown>;

const dialog = (page: Page) => page.getByRole("dialog");
const node = (page: Page, name: string) => nodes(page).and(page.getByLabel(name, { exact: true }));

async function opened(page: Page, name: string, text: string): Promise<void> {
  await drop(page, `${name}.json`, "application/json", Buffer.from(text));
  await page.getByRole("tab", { name, selected: true }).waitFor();
}

/** Closes what lies on top of the canvas. */
async function leave(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
}

async function menuOf(page: Page, name: string): Promise<void> {
  await node(page, name).locator(".node-bar").click({ button: "right", position: { x: 40, y: 14 } });
  await page.getByRole("menu").waitFor();
}

export const WIDE: Readonly<Record<string, Way>> = {
  "first visit": (page) => page.getByRole("region", { name: "Templates" }).waitFor(),
  result: async (page) => {
    await runButton(page).click();
    await nodes(page).getByRole("button", { name: /^Look at / }).waitFor({ timeout: 120_000 });
  },
  nodes: (page) => openDrawer(page, "Nodes"),
  models: (page) => openDrawer(page, "Models"),
  queue: async (page) => {
    await openDrawer(page, "Queue");
    await page.getByRole("spinbutton", { name: "How often to run" }).fill("3");
    await runButton(page).click();
    await page.getByRole("list", { name: "Waiting" }).getByRole("listitem").first().waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("Did not finish").waitFor();
  },
  inspector: async (page) => {
    await select(page, (await node(page, "KSampler").getAttribute("data-id")) ?? "");
    await page.keyboard.press("i");
    await page.getByRole("complementary", { name: "Inspector" }).waitFor();
  },
  "steps of the run": async (page) => {
    await page.keyboard.press("Escape");
    await page.getByRole("list", { name: "Steps of the run" }).waitFor();
  },
  gallery: async (page) => {
    await page.keyboard.press("i");
    await openDrawer(page, "Gallery");
    await pictures(page).nth(1).waitFor({ timeout: 60_000 });
  },
  viewer: async (page) => {
    await pictures(page).first().click();
    await dialog(page).getByRole("img").first().waitFor();
  },
  "viewer: choosing": (page) => page.getByRole("button", { name: "Compare with another picture" }).click(),
  "viewer: comparing": (page) => page.getByRole("group", { name: /^Compare with/ }).getByRole("button").first().click(),
  "save as": async (page) => {
    await leave(page);
    await page.keyboard.press("Control+Shift+S");
    await dialog(page).getByRole("textbox").fill("screens");
  },
  workflows: async (page) => {
    await page.keyboard.press("Enter");
    await page.getByText("Saved as screens.json.").waitFor();
    await openDrawer(page, "Workflows");
    await page.getByRole("list", { name: "Templates" }).getByRole("button").first().waitFor();
  },
  changes: async (page) => {
    await select(page, (await node(page, "KSampler").getAttribute("data-id")) ?? "");
    await page.keyboard.press("Control+m");
    await page.getByRole("button", { name: "What changed in screens.json" }).click();
    await dialog(page).waitFor();
  },
  palette: async (page) => {
    await leave(page);
    await page.keyboard.press("w");
    await page.keyboard.press("Control+k");
    await dialog(page).waitFor();
  },
  settings: async (page) => {
    await leave(page);
    await page.keyboard.press("Control+,");
    await dialog(page).waitFor();
  },
  keys: async (page) => {
    await leave(page);
    await page.keyboard.press("?");
    await dialog(page).waitFor();
  },
  search: async (page) => {
    await leave(page);
    await page.keyboard.press("/");
    await page.keyboard.type("latent");
    await page.getByRole("option").first().waitFor();
  },
  "wire menu": async (page) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("l");
    await page.getByRole("dialog", { name: "Wire to" }).waitFor();
  },
  choices: async (page) => {
    await page.keyboard.press("Escape");
    await node(page, "KSampler").locator(".widget", { hasText: "sampler_name" }).getByText("sampler_name").click();
    await page.getByRole("option").first().waitFor();
  },
  "node's menu": async (page) => {
    await page.keyboard.press("Escape");
    await menuOf(page, "KSampler");
  },
  subgraph: async (page) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Shift+e");
    await page.keyboard.press("Enter");
    await page.getByRole("navigation", { name: "Where you are" }).waitFor();
  },
  publish: async (page) => {
    await page.keyboard.press("Escape");
    await menuOf(page, "Subgraph");
    await page.getByRole("menuitem", { name: "Publish the subgraph" }).click();
    await dialog(page).waitFor();
  },
  "published subgraphs": async (page) => {
    await page.keyboard.press("Enter");
    await page.getByText("“Subgraph” is among the nodes now.").waitFor();
    await openDrawer(page, "Nodes");
    await page.getByText("Subgraph blueprints").click();
    await page.getByRole("button", { name: "Remove Subgraph" }).waitFor();
  },
  problems: async (page) => {
    await openDrawer(page, "Models");
    await opened(page, "mistake", broken());
    await runButton(page).click();
    await page.getByRole("region", { name: "Problems" }).getByRole("button").first().waitFor();
  },
  placeholder: async (page) => {
    await page.keyboard.press("Escape");
    await opened(page, "odd", odd());
    await nodes(page).and(page.locator('[data-id="900"]')).waitFor();
  },
  missing: async (page) => {
    await command(page, "Missing nodes and models");
    await dialog(page).waitFor();
  },
  mask: async (page) => {
    await leave(page);
    await opened(page, "painting", masking());
    await nodes(page).locator("input[type=file]").setInputFiles({ name: "green.png", mimeType: "image/png", buffer: await greenPicture(page) });
    await nodes(page).getByRole("img", { name: "green.png" }).waitFor();
    await nodes(page).getByRole("button", { name: "Paint a mask" }).click();
    await page.getByRole("dialog", { name: "Paint a mask" }).getByRole("button", { name: "Save" }).waitFor();
  },
  "from afar": async (page) => {
    await leave(page);
    await opened(page, "area_composition", shipped("area_composition"));
  },
};

export const NARROW: Readonly<Record<string, Way>> = {
  "first visit": (page) => page.getByRole("main").waitFor(),
  queue: (page) => openDrawer(page, "Queue"),
  gallery: async (page) => {
    await openDrawer(page, "Gallery");
    await pictures(page).first().waitFor();
  },
  viewer: async (page) => {
    await pictures(page).first().click();
    await dialog(page).getByRole("img").first().waitFor();
  },
  settings: async (page) => {
    await leave(page);
    await page.keyboard.press("Control+,");
    await dialog(page).waitFor();
  },
};
