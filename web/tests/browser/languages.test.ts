import { expect } from "vitest";
import { open, test } from "./open";
import { ownServer } from "./own";
import { Server } from "./serve";

// Servers keep their visitors' language: one of its own leaves English to the other tests.
const own = ownServer(() => Server.make());

/** Latin words that a Chinese page may show: names, types, keys. */
const NAMES = /^(txt2img|img2img|controlnet|lora|Graphcore|English|HTTP|API|Ctrl|Shift|Alt|Enter|Esc|[A-Z0-9])$/;

test("a Chinese visitor sees Chinese everywhere", async () => {
  const page = await open({ url: own().url, locale: "zh-CN" });
  await page.getByRole("button", { name: "运行", exact: true }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-Hans");
  for (const name of ["工作流", "队列", "图库"]) {
    await page.getByRole("navigation").getByRole("button", { name, exact: true }).click();
    await page.getByRole("complementary", { name }).waitFor();
  }
  const labels = await page.evaluate(() => [...document.querySelectorAll("header [aria-label], nav [aria-label], aside [aria-label]")].map((element) => element.getAttribute("aria-label") ?? ""));
  expect(labels.filter((label) => !/[\u4e00-\u9fff]/.test(label) && !NAMES.test(label))).toEqual([]);
});

test("the language can be changed, and is kept", async () => {
  const page = await open({ url: own().url });
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByLabel("Language").selectOption("zh");
  await page.getByRole("dialog", { name: "设置" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "运行", exact: true }).waitFor();
});
