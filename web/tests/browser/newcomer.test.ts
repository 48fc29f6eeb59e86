import { expect } from "vitest";
import { open, test } from "./open";
import { openDrawer, pictures, runButton, tabNames } from "./work";

test("from the start to a picture in five actions: open, template, run, gallery, picture", async () => {
  const page = await open(); // 1
  await page.getByRole("region", { name: "Templates" }).getByRole("button", { name: "txt2img" }).click(); // 2
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await runButton(page).click(); // 3
  await openDrawer(page, "Gallery"); // 4
  await pictures(page).first().click({ timeout: 45_000 }); // 5
  const picture = page.getByRole("dialog").getByRole("img", { name: /txt2img/ });
  await picture.waitFor();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
});

test("the first visit has a workflow that is ready to run, and no dialog in the way", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  expect(await page.getByRole("dialog").count()).toBe(0);
});
