import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { open, test } from "./open";
import { sharedServer } from "./own";
import { nodes, openBeside, runButton, until } from "./work";
import { greenPicture, masking } from "./workflows";

/** The share of white in the picture that the node shows after a run. */
async function whiteAfterRun(page: Page, number: number): Promise<number> {
  await runButton(page).click();
  const name = `painted_${String(number).padStart(5, "0")}_.png`;
  await nodes(page).getByRole("button", { name: `Look at ${name}` }).waitFor({ timeout: 150_000 });
  const bytes = await readFile(join(sharedServer().base, "output", "masks", name));
  return page.evaluate(async (base64) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "image/png" }));
    const drawing = new OffscreenCanvas(image.width, image.height).getContext("2d");
    drawing?.drawImage(image, 0, 0);
    const { data } = drawing?.getImageData(0, 0, image.width, image.height) ?? { data: new Uint8ClampedArray() };
    return data.filter((value, at) => at % 4 === 0 && value > 127).length / (data.length / 4);
  }, bytes.toString("base64"));
}

test("a picture is uploaded, and a mask that is painted on it changes the run", async () => {
  const page = await open();
  await openBeside(page, "masks", masking());
  await nodes(page).locator("input[type=file]").setInputFiles({ name: "green.png", mimeType: "image/png", buffer: await greenPicture(page) });
  await nodes(page).getByRole("img", { name: "green.png" }).waitFor();
  expect(await whiteAfterRun(page, 1)).toBe(0);
  await nodes(page).getByRole("button", { name: "Paint a mask" }).click();
  const dialog = page.getByRole("dialog", { name: "Paint a mask" });
  const save = dialog.getByRole("button", { name: "Save" });
  await until(() => save.isEnabled(), Boolean);
  const box = await dialog.locator("canvas").boundingBox();
  if (!box) throw new Error("There is nothing to paint on.");
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await save.click();
  await dialog.waitFor({ state: "detached" });
  const white = await whiteAfterRun(page, 2);
  expect(white).toBeGreaterThan(0.01);
  expect(white).toBeLessThan(0.9);
}, 300_000);
