import { expect } from "vitest";
import { open, test } from "./open";
import { command, openDrawer, pictures, runButton, tabNames, until } from "./work";

test("pictures are looked at full screen, compared by a slider, and their workflow is opened", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await openDrawer(page, "Gallery");
  await page.locator(".drawer-scroll .empty").or(pictures(page)).first().waitFor(); // what others have made is loaded
  const before = await pictures(page).count();
  await page.getByRole("spinbutton", { name: "How often to run" }).fill("3"); // the first may be the one that another test made
  await runButton(page).click();
  await until(() => pictures(page).count(), (count) => count >= before + 2, 90);
  await pictures(page).nth(1).click();
  const viewer = page.getByRole("dialog");
  const name = await viewer.getByRole("img").first().getAttribute("alt");
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => viewer.getByRole("img").first().getAttribute("alt")).not.toBe(name);
  await viewer.getByRole("button", { name: "Compare with another picture" }).click();
  await viewer.getByRole("button", { name: `Look at ${name}` }).click();
  const beside = viewer.getByRole("img", { name: name ?? "" });
  expect(await beside.getAttribute("style")).toContain("50%");
  await viewer.getByRole("slider").press("ArrowRight");
  expect(await beside.getAttribute("style")).toContain("49.5%");
  await viewer.getByRole("button", { name: "Load this picture's workflow" }).click();
  await viewer.waitFor({ state: "detached" });
  await expect.poll(async () => (await tabNames(page)).length).toBe(2);
});

test("the drawer of workflows shows what changed since a workflow was saved", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await command(page, "Save as");
  await page.getByRole("dialog").getByRole("textbox").fill("compared");
  await page.keyboard.press("Enter");
  await page.getByText("Saved as compared.json.").waitFor();
  await page.getByRole("main").getByRole("spinbutton", { name: "steps" }).or(page.getByLabel("steps", { exact: true })).first().click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("9");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await openDrawer(page, "Workflows");
  const changed = page.getByRole("button", { name: "What changed in compared.json" }).first();
  await changed.focus();
  await changed.click();
  await page.getByRole("dialog").getByText(/steps.*9/).waitFor();
});
