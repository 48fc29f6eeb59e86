import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { open, test } from "./open";
import { sharedServer } from "./own";
import { NARROW, WIDE, type Way } from "./screens";
import { tabNames } from "./work";

/** What lies above or beside the graph; where nothing does, the whole page. */
const PARTS = ["dialog[open]", ".picker, .menu, .choices", ".drawer, .inspector, .problems"];

async function seriousFindings(page: Page, rules?: string[]): Promise<string[]> {
  const builder = new AxeBuilder({ page }).setLegacyMode(); // in this page only: the other way opens one more for each report
  for (const part of PARTS) {
    if ((await page.locator(part).count()) === 0) continue;
    builder.include(part);
    break;
  }
  const { violations } = await (rules ? builder.withRules(rules) : builder).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`));
}

/** What axe-core finds on every screen in the dark theme, and about colours in the light one: only they differ. */
async function findings(page: Page, screens: Readonly<Record<string, Way>>): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  const wear = (theme: string) => page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
  for (const [name, go] of Object.entries(screens)) {
    await go(page);
    await page.waitForTimeout(200); // colours change over 120 ms
    await page.getByText("Loading …").waitFor({ state: "detached" });
    found[name] = await seriousFindings(page);
    await wear("light");
    found[`${name}, light`] = await seriousFindings(page, ["color-contrast", "link-in-text-block"]);
    await wear("dark");
  }
  return Object.fromEntries(Object.entries(found).filter(([, findings]) => findings.length > 0));
}

test("axe-core has no serious finding on any screen, dark or light", async () => {
  const folder = join(sharedServer().base, "models", "loras", "many"); // so that the list of models has to scroll
  await mkdir(folder, { recursive: true });
  for (let number = 0; number < 40; number++) await writeFile(join(folder, `${number}.safetensors`), "");
  expect(await findings(await open({ reducedMotion: "reduce" }), WIDE)).toEqual({});
}, 240_000);

for (const [device, viewport] of Object.entries({ tablet: { width: 820, height: 1100 }, phone: { width: 390, height: 844 } })) {
  test(`axe-core has no serious finding on a ${device}`, async () => {
    expect(await findings(await open({ reducedMotion: "reduce", viewport, hasTouch: true }), NARROW)).toEqual({});
  });
}
