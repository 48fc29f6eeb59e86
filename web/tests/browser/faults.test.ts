import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { open, test } from "./open";
import { sharedServer } from "./own";
import { command, jsonOf, nodes, openBeside, runButton } from "./work";
import { broken, odd, shipped } from "./workflows";

test("an input that is missing is marked at its node, with the sentence, and the list of problems leads there", async () => {
  const page = await open();
  await openBeside(page, "cut", broken());
  await runButton(page).click();
  const node = nodes(page).and(page.getByLabel("KSampler", { exact: true }));
  await node.getByRole("alert").getByText("model").first().waitFor();
  expect(await node.locator("[data-faulty]").count()).toBe(1);
  expect(await node.locator('[data-handleid="i:model"]').getAttribute("data-faulty")).toBe("");
  await page.getByRole("region", { name: "Problems" }).getByRole("button").filter({ hasText: "KSampler" }).click();
  await page.locator(".react-flow__node.selected").and(page.getByLabel("KSampler", { exact: true })).waitFor();
});

test("a node that the server lacks keeps every value, says what is missing, and saves as it was", async () => {
  const text = odd();
  const page = await open();
  await openBeside(page, "odd", text);
  const node = nodes(page).and(page.locator('[data-id="900"]'));
  await node.getByText(/NodeOfNobody.*pack-of-nobody/).waitFor();
  await expect.poll(() => node.getByRole("textbox").first().inputValue()).toBe("kept text");
  await page.keyboard.press("Control+s");
  await page.getByRole("dialog").getByRole("textbox").fill("kept/odd");
  await page.keyboard.press("Enter");
  await page.getByText("Saved as kept/odd.json.").waitFor();
  expect(await readFile(join(sharedServer().base, "user", "default", "workflows", "kept", "odd.json"), "utf-8")).toBe(text);
});

test("a model that is missing is listed with names that come near, and one of them is taken", async () => {
  const page = await open();
  await openBeside(page, "elsewhere", shipped("txt2img").replace("graphcore-default.safetensors", "graphcore-defualt.safetensors"));
  await command(page, "Missing nodes and models");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("graphcore-defualt.safetensors").waitFor();
  await dialog.getByRole("button", { name: "Use graphcore-default.safetensors" }).click();
  await dialog.waitFor({ state: "detached" });
  expect((await jsonOf(page)).nodes.find((node) => node.type === "CheckpointLoaderSimple")?.widgets_values).toEqual(["graphcore-default.safetensors"]);
});
