import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject } from "vitest";
import { open, test } from "./open";
import { nodes, openBeside, runButton, shipped } from "./work";

interface Workflow {
  nodes: { id: number; type: string; title?: string; inputs: { name: string; link: number | null }[]; outputs: { links: number[] | null }[]; [key: string]: unknown }[];
  links: number[][];
}

const txt2img = () => JSON.parse(shipped("txt2img")) as Workflow;

test("an input that is missing is marked at its node, with the sentence, and the list of problems leads there", async () => {
  const workflow = txt2img();
  const sampler = workflow.nodes.find((node) => node.type === "KSampler");
  const model = sampler?.inputs.find((input) => input.name === "model");
  const cut = model?.link ?? -1;
  if (model) model.link = null;
  workflow.links = workflow.links.filter(([id]) => id !== cut);
  for (const node of workflow.nodes) for (const output of node.outputs) output.links = output.links?.filter((id) => id !== cut) ?? null;
  const page = await open();
  await openBeside(page, "cut", JSON.stringify(workflow));
  await runButton(page).click();
  const node = nodes(page).and(page.locator(`[data-id="${sampler?.id}"]`));
  await node.getByRole("alert").getByText("model").first().waitFor();
  expect(await node.locator("[data-faulty]").count()).toBe(1);
  expect(await node.locator('[data-handleid="i:model"]').getAttribute("data-faulty")).toBe("");
  await page.getByRole("region", { name: "Problems" }).getByRole("button").filter({ hasText: "KSampler" }).click();
  await page.locator(`.react-flow__node.selected[data-id="${sampler?.id}"]`).waitFor();
});

test("a node that the server lacks keeps every value, says what is missing, and saves as it was", async () => {
  const workflow = txt2img();
  const odd = { id: 900, type: "NodeOfNobody", pos: [40, 40], size: [260, 140], flags: {}, order: 9, mode: 0, inputs: [], outputs: [], properties: { cnr_id: "pack-of-nobody" }, widgets_values: ["kept text", 2.5, { deep: [null, true] }], of_its_own: 7 };
  const text = JSON.stringify({ ...workflow, nodes: [...workflow.nodes, odd] }, null, 2);
  const page = await open();
  await openBeside(page, "odd", text);
  const node = nodes(page).and(page.locator('[data-id="900"]'));
  await node.getByText(/NodeOfNobody.*pack-of-nobody/).waitFor();
  await expect.poll(() => node.getByRole("textbox").first().inputValue()).toBe("kept text");
  await page.keyboard.press("Control+s");
  await page.getByRole("dialog").getByRole("textbox").fill("kept/odd");
  await page.keyboard.press("Enter");
  await page.getByText("Saved as kept/odd.json.").waitFor();
  expect(await readFile(join(inject("base"), "user", "default", "workflows", "kept", "odd.json"), "utf-8")).toBe(text);
});
