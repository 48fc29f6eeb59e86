import { expect } from "vitest";
import { open, test } from "./open";

test("the frame stands", async () => {
  const page = await open();
  await page.getByRole("main", { name: "Workflow" }).waitFor();
  expect(await page.title()).toMatch(/Graphcore/);
});

test("the page may run nothing but what the server gave", async () => {
  const page = await open();
  const blocked = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return !("ran" in window);
  }).catch(() => true);
  expect(blocked).toBe(true);
});
