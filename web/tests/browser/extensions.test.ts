import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { open, test } from "./open";
import { ownServer } from "./own";
import { Server } from "./serve";
import { jsonOf, nodes, openBeside, openDrawer, runButton } from "./work";

/** A pack with an input of a type of its own, whose widget its script draws, and a node that says what it was given. */
const pack = (more = "") => `
import json
class Brush:
    INPUT_TYPES = classmethod(lambda s: {"required": {"before": ("INT", {"default": 1}), "strokes": ("STROKES", {"colour": "red"}), "after": ("STRING", {"default": "x"})${more}}})
    RETURN_TYPES, FUNCTION, OUTPUT_NODE, CATEGORY = ("STRING",), "run", True, "test"
    def run(self, before, strokes, after, **more):
        text = json.dumps([before, strokes, after])
        return {"ui": {"text": [text]}, "result": (text,)}
class Picker:
    INPUT_TYPES = classmethod(lambda s: {"required": {"strength": ("FLOAT", {"default": 0.5, "min": 0, "max": 1, "step": 0.05, "display": "slider"}), "shade": ("COLOR", {"default": "#ff0000"})}})
    RETURN_TYPES, FUNCTION, OUTPUT_NODE, CATEGORY = (), "run", True, "test"
    def run(self, **chosen):
        return {"ui": {"text": [json.dumps(list(chosen.values()))]}}
NODE_CLASS_MAPPINGS = {"Brush": Brush, "Picker": Picker}
WEB_DIRECTORY = "./web"
`;

const SCRIPT = `
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
window.heard = [];
app.registerExtension({
  name: "test.hello",
  settings: [{ id: "test.loud", name: "Loud greetings", type: "boolean", defaultValue: false, onChange: (value) => { window.loud = value; } }],
  commands: [{ id: "hello", label: "Say hello", function: () => app.extensionManager.toast.add({ summary: "Hello from a pack" }) }],
  getCustomWidgets() {
    return { STROKES(node, name, [type, options]) {
      const field = document.createElement("input");
      field.setAttribute("aria-label", "strokes in " + options.colour);
      return { widget: node.addDOMWidget(name, type, field, { getValue: () => field.value, setValue: (value) => { field.value = value; } }) };
    } };
  },
  beforeRegisterNodeDef(type, data) {
    if (data.name === "KSampler") data.display_name = "Sampler of a pack";
    if (data.name !== "Brush") return;
    type.prototype.onNodeCreated = function () {
      this.addWidget("button", "Clear the strokes", null, () => { this.widgets.find((widget) => widget.name === "strokes").value = "none"; });
      this.addWidget("text", "remark", "fresh");
    };
    type.prototype.onExecuted = function (shown) { window.heard.push("executed " + shown.text.join()); };
    type.prototype.getExtraMenuOptions = function (canvas, options) { options.push({ content: "Greet the brush", callback: () => { this.title = "Greeted"; } }); };
  },
  nodeCreated(node) {
    if (node.comfyClass !== "Brush") return;
    const before = node.widgets.find((widget) => widget.name === "before");
    before.callback = (value) => window.heard.push("before " + value);
  },
  loadedGraphNode(node) { if (node.comfyClass === "Brush") window.heard.push("loaded " + node.id); },
  async setup() {
    app.extensionManager.registerSidebarTab({ id: "hello", title: "Greetings", type: "custom", render: (element) => { element.textContent = "Hello from a panel"; } });
    window.seen = (await (await api.fetchApi("/features")).json()).supports_preview_metadata; },
});
`;

const WORKFLOW = JSON.stringify({
  last_node_id: 4, last_link_id: 0, version: 0.4, groups: [], links: [], config: {}, extra: {},
  nodes: [{ id: 4, type: "Brush", pos: [0, 0], size: [320, 200], flags: {}, order: 0, mode: 0, inputs: [], outputs: [], properties: {}, widgets_values: [5, "a line", "y", "kept"] }],
});

const PICKER = WORKFLOW.replaceAll("Brush", "Picker").replace('[5,"a line","y","kept"]', '[0.25,"#ff0000"]');

const own = ownServer(() =>
  Server.make(true, ["--reload"], async (base) => {
    const folder = join(base, "custom_nodes", "hello");
    await mkdir(join(folder, "web"), { recursive: true });
    await writeFile(join(folder, "__init__.py"), pack());
    await writeFile(join(folder, "web", "hello.js"), SCRIPT);
    await writeFile(join(folder, "web", "broken.js"), "this is no script");
  }),
);
const file = (name: string) => join(own().base, "custom_nodes", "hello", name);

const heard = (page: Page) => page.evaluate(() => (window as { heard?: string[] }).heard);

test("a pack's script adds a command, a panel and a setting, changes a declaration and asks the server; a broken one is reported by name", async () => {
  const page = await open({ url: own().url });
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
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("dialog").getByLabel("Loud greetings").check();
  expect(await page.evaluate(() => (window as { loud?: boolean }).loud)).toBe(true);
  await page.reload();
  await expect.poll(() => page.evaluate(() => (window as { loud?: boolean }).loud)).toBe(true);
});

test("a slider follows the pointer, and a colour is picked", async () => {
  const page = await open({ url: own().url });
  await openBeside(page, "picker", PICKER);
  const values = async () => (await jsonOf(page)).nodes[0]?.widgets_values;
  const slider = nodes(page).getByRole("spinbutton", { name: "strength" });
  const box = await slider.boundingBox();
  if (!box) throw new Error("There is no slider.");
  await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * 3) / 4, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect.poll(values).toEqual([0.75, "#ff0000"]);
  await nodes(page).getByLabel("shade").fill("#00ff80");
  await expect.poll(values).toEqual([0.75, "#00ff80"]);
  await runButton(page).click();
  await nodes(page).getByText('[0.75, "#00ff80"]').waitFor({ timeout: 60_000 });
});

test("a pack's script draws the widget of its own type, adds others, and hears of values, menus and runs; a pack that changes is taken up", async () => {
  const page = await open({ url: own().url });
  await openBeside(page, "brush", WORKFLOW);
  const brush = nodes(page).first();
  const strokes = brush.getByLabel("strokes in red");
  await expect.poll(() => strokes.inputValue()).toBe("a line");
  expect(await heard(page)).toEqual(["loaded 4"]);
  await expect.poll(() => brush.getByLabel("remark").inputValue()).toBe("kept");
  await strokes.fill("two lines");
  await brush.getByLabel("remark").fill("done");
  await brush.locator(".widget", { hasText: "before" }).getByText("before").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("8");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect.poll(() => heard(page)).toEqual(["loaded 4", "before 8"]);
  expect((await jsonOf(page)).nodes[0]?.widgets_values).toEqual([8, "two lines", "y", "done"]);
  await runButton(page).click();
  await brush.getByText('[8, "two lines", "y"]').waitFor({ timeout: 60_000 });
  await expect.poll(() => heard(page)).toEqual(["loaded 4", "before 8", 'executed [8, "two lines", "y"]']);
  await brush.getByRole("button", { name: "Clear the strokes" }).click();
  await expect.poll(() => strokes.inputValue()).toBe("none");
  await brush.locator(".node-bar").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Greet the brush" }).click();
  await nodes(page).and(page.getByLabel("Greeted")).waitFor();
  // The server loads the pack anew: its node gets another input, and the open workflow keeps its values.
  await writeFile(file("__init__.py"), pack(', "extra": ("FLOAT", {"default": 2.5})'));
  await page.getByRole("status").getByText("The pack hello was loaded anew.").waitFor();
  await brush.locator(".widget", { hasText: "extra" }).waitFor();
  expect((await jsonOf(page)).nodes[0]?.widgets_values?.slice(0, 3)).toEqual([8, "none", "y"]);
  await writeFile(file("__init__.py"), "this is no pack");
  await page.getByRole("status").getByText("The pack hello could not be loaded anew").waitFor();
  await brush.locator(".widget", { hasText: "extra" }).waitFor();
  await openDrawer(page, "Nodes");
}, 180_000);
