import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject } from "vitest";
import { CHROMIUM } from "./chromium";
import { open, test } from "./open";

const SCRIPT = `
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
app.registerExtension({
  name: "test.hello",
  commands: [{ id: "hello", label: "Say hello", function: () => app.extensionManager.toast.add({ summary: "Hello from a pack" }) }],
  beforeRegisterNodeDef(type, data) { if (data.name === "KSampler") data.display_name = "Sampler of a pack"; },
  async setup() {
    app.extensionManager.registerSidebarTab({ id: "hello", title: "Greetings", type: "custom", render: (element) => { element.textContent = "Hello from a panel"; } });
    window.seen = (await (await api.fetchApi("/features")).json()).supports_preview_metadata; },
});
`;
const folder = () => join(inject("base"), "custom_nodes", "hello");

beforeAll(async () => {
  if (CHROMIUM === null) return;
  await mkdir(join(folder(), "web"), { recursive: true });
  await writeFile(join(folder(), "__init__.py"), 'NODE_CLASS_MAPPINGS = {}\nWEB_DIRECTORY = "./web"\n');
  await writeFile(join(folder(), "web", "hello.js"), SCRIPT);
  await writeFile(join(folder(), "web", "broken.js"), "this is no script");
});
afterAll(() => (CHROMIUM === null ? undefined : rm(folder(), { recursive: true })));

test("a pack's script adds a command, changes a declaration and asks the server; a broken one is reported by name", async () => {
  const page = await open();
  await page.getByRole("status").getByText("broken.js").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("say hello");
  await page.keyboard.press("Enter");
  await page.getByText("Hello from a pack").waitFor();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.getByRole("navigation").getByRole("button", { name: "Greetings" }).click();
  await page.getByRole("complementary", { name: "Greetings" }).getByText("Hello from a panel").waitFor();
  await page.keyboard.press("n");
  await page.getByRole("searchbox", { name: "Search nodes" }).fill("sampler of a pack");
  await page.getByRole("button", { name: "Sampler of a pack" }).waitFor();
  await expect.poll(() => page.evaluate(() => (window as { seen?: boolean }).seen)).toBe(true);
});
