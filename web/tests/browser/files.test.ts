import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { open, test } from "./open";
import { sharedServer } from "./own";
import { drop, openBeside, openDrawer, pictures, runButton, tabNames, until } from "./work";
import { shipped } from "./workflows";

test("a picture that is dropped opens the workflow that made it", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await runButton(page).click();
  await openDrawer(page, "Gallery");
  await pictures(page).first().waitFor({ timeout: 60_000 });
  const picture = await readFile(join(sharedServer().base, "output", (await pictures(page).first().getAttribute("title")) ?? ""));
  await drop(page, "made.png", "image/png", picture);
  await expect.poll(() => tabNames(page)).toEqual(["txt2img", "made"]);
});

test("what is no workflow is refused in a sentence", async () => {
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await drop(page, "notes.json", "application/json", Buffer.from("[1, 2]"));
  await page.getByRole("status").getByText(/workflow/i).waitFor();
  expect(await tabNames(page)).toEqual(["txt2img"]);
});

test("saving and opening rewrite nothing", async () => {
  const page = await open();
  const text = shipped("loops");
  await openBeside(page, "loops", text);
  await page.keyboard.press("Control+s");
  await page.getByRole("dialog").getByRole("textbox").fill("kept/loops");
  await page.keyboard.press("Enter");
  await page.getByText("Saved as kept/loops.json.").waitFor();
  const saved = await readFile(join(sharedServer().base, "user", "default", "workflows", "kept", "loops.json"), "utf-8");
  expect(saved).toBe(text);
});

test("a name that the server refuses leaves the question open, with what was typed", async () => {
  const page = await open();
  await openBeside(page, "loops", shipped("loops"));
  await page.keyboard.press("Control+s");
  const name = page.getByRole("dialog").getByRole("textbox");
  await name.fill("../outside");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByRole("status").innerText()).not.toBe("");
  expect(await name.inputValue()).toBe("../outside");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("a crash loses nothing: what was open is there in the next window", async () => {
  const page = await open();
  await openBeside(page, "loops", shipped("loops"));
  await until(() => page.evaluate(countDrafts), (count) => count === 2);
  const context = page.context();
  await page.close(); // no `beforeunload`: as in a crash
  const next = await context.newPage();
  await next.goto(sharedServer().url);
  await expect.poll(() => tabNames(next)).toEqual(["txt2img", "loops"]);
});

async function countDrafts(): Promise<number> {
  const request = indexedDB.open("graphcore", 1);
  await new Promise((done) => (request.onsuccess = done));
  const count = request.result.transaction("drafts").objectStore("drafts").count();
  await new Promise((done) => (count.onsuccess = done));
  return count.result;
}
