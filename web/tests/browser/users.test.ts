import { expect } from "vitest";
import { open, test } from "./open";
import { ownServer } from "./own";
import { Server } from "./serve";
import { openDrawer, pictures, runButton, tabNames } from "./work";

const own = ownServer(() => Server.make(true, ["--multi-user"]));

test("a server with several users asks who it is, once, and shows each their own pictures", async () => {
  const { url } = own();
  const page = await open({ url });
  const question = page.getByRole("dialog", { name: "Who are you?" });
  await page.keyboard.press("Escape");
  await question.getByLabel("Your name").fill("Ann");
  await question.getByRole("button", { name: "Begin" }).click();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await runButton(page).click();
  await openDrawer(page, "Gallery");
  const picture = pictures(page).first().locator("img");
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth), { timeout: 45_000 }).toBeGreaterThan(0);

  await page.reload();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  expect(await page.getByRole("dialog").count()).toBe(0);

  await page.keyboard.press("Control+,");
  await page.getByRole("button", { name: "Change user" }).click();
  await question.getByRole("button", { name: "Ann" }).click();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await openDrawer(page, "Gallery");
  await expect.poll(() => pictures(page).count()).toBe(1);

  const other = await open({ url });
  await other.getByRole("button", { name: "Ann" }).waitFor();
  await other.getByLabel("Your name").fill("Ben");
  await other.keyboard.press("Enter");
  await openDrawer(other, "Gallery");
  await expect.poll(() => tabNames(other)).toEqual(["txt2img"]);
  expect(await pictures(other).count()).toBe(0);
});
