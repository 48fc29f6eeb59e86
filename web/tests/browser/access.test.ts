import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { open, test } from "./open";
import { openDrawer, tabNames } from "./work";

async function seriousFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`));
}

for (const colorScheme of ["dark", "light"] as const) {
  test(`no serious finding of axe-core, ${colorScheme}`, async () => {
    const page = await open({ reducedMotion: "reduce" });
    await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
    await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), colorScheme);
    expect(await seriousFindings(page)).toEqual([]);
    for (const drawer of ["Nodes", "Workflows", "Queue", "Gallery", "Models"]) {
      await openDrawer(page, drawer);
      await page.getByText("Loading …").waitFor({ state: "detached" });
      expect(await seriousFindings(page)).toEqual([]);
    }
    for (const key of ["Control+k", "Control+,", "?"]) {
      await page.keyboard.press(key);
      await page.getByRole("dialog").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
  });
}
