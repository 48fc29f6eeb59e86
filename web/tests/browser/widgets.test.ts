import { writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { open, test } from "./open";
import { sharedServer } from "./own";
import { drop, jsonOf, nodes, openBeside, openDrawer, tabNames } from "./work";
import { greenPicture, shipped } from "./workflows";

test("in a text ctrl-up and ctrl-down weigh what is marked, and embeddings complete", async () => {
  const folder = join(sharedServer().base, "models", "embeddings");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "charcoal.pt"), "");
  const page = await open();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  const text = nodes(page).and(page.getByLabel("Positive prompt", { exact: true })).getByRole("textbox", { name: "text" });
  await text.fill("a red circle");
  await text.evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(2, 5));
  await text.press("Control+ArrowUp");
  expect(await text.inputValue()).toBe("a (red:1.05) circle");
  await text.press("Control+ArrowDown");
  await text.press("Control+ArrowDown");
  expect(await text.inputValue()).toBe("a (red:0.95) circle");
  await text.fill("drawn with ");
  await text.press("End");
  await page.keyboard.type("embedding:char");
  await page.getByRole("option", { name: "charcoal" }).waitFor();
  await page.keyboard.press("Enter");
  expect(await text.inputValue()).toMatch(/^drawn with embedding:charcoal/);
});

test("numbers take sums, steps and limits; choices are searched", async () => {
  const page = await open();
  await openBeside(page, "numbers", shipped("txt2img"));
  const value = async (at: number) => (await jsonOf(page)).nodes.find((node) => node.type === "KSampler")?.widgets_values?.[at];
  const row = (name: string) => nodes(page).and(page.getByLabel("KSampler", { exact: true })).locator(".widget").filter({ hasText: name });
  await row("steps").getByText("steps").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("3*7");
  await page.keyboard.press("Enter");
  expect(await value(2)).toBe(21);
  await row("denoise").getByText("denoise").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("7");
  await page.keyboard.press("Enter");
  expect(await value(6)).toBe(1);
  await row("sampler_name").getByText("sampler_name").click();
  await page.keyboard.type("2m_sde");
  await page.keyboard.press("Enter");
  expect(await value(4)).toMatch(/^dpmpp_2m_sde/);
});

test("a picture that is pasted onto a loader of pictures is uploaded", async () => {
  const page = await open();
  const loader = { last_node_id: 1, last_link_id: 0, version: 0.4, groups: [], config: {}, extra: {}, links: [], nodes: [{ id: 1, type: "LoadImage", pos: [0, 0], size: [320, 320], flags: {}, order: 0, mode: 0, inputs: [], outputs: [], properties: {}, widgets_values: ["none.png", "image"] }] };
  await openBeside(page, "pasted", JSON.stringify(loader));
  await nodes(page).locator(".file-widget").evaluate(async (field) => {
    const sheet = new OffscreenCanvas(8, 8);
    sheet.getContext("2d");
    const data = new DataTransfer();
    data.items.add(new File([await sheet.convertToBlob()], "pasted.png", { type: "image/png" }));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await nodes(page).getByRole("img", { name: "pasted.png" }).waitFor();
  expect((await jsonOf(page)).nodes[0]?.widgets_values?.[0]).toBe("pasted.png");
});

test("a loader of pictures takes a picture that is dropped on it; a workflow that is dropped there is opened", async () => {
  const page = await open();
  const loader = { last_node_id: 1, last_link_id: 0, version: 0.4, groups: [], config: {}, extra: {}, links: [], nodes: [{ id: 1, type: "LoadImage", pos: [0, 0], size: [320, 320], flags: {}, order: 0, mode: 0, inputs: [], outputs: [], properties: {}, widgets_values: ["none.png", "image"] }] };
  await openBeside(page, "dropped", JSON.stringify(loader));
  const field = nodes(page).locator(".file-widget");
  await drop(page, "onto.png", "image/png", await greenPicture(page), field);
  await nodes(page).getByRole("img", { name: "onto.png" }).waitFor();
  await drop(page, "loops.json", "application/json", Buffer.from(shipped("loops")), field);
  await expect.poll(() => tabNames(page)).toEqual(["txt2img", "dropped", "loops"]);
});

test("a video is uploaded by its button, and shown", async () => {
  const page = await open();
  const loader = { last_node_id: 1, last_link_id: 0, version: 0.4, groups: [], config: {}, extra: {}, links: [], nodes: [{ id: 1, type: "LoadVideo", pos: [0, 0], size: [320, 320], flags: {}, order: 0, mode: 0, inputs: [], outputs: [], properties: {}, widgets_values: ["none.webm", "video"] }] };
  await openBeside(page, "filmed", JSON.stringify(loader));
  const film = await page.evaluate(async () => {
    const sheet = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
    const drawing = sheet.getContext("2d");
    const recorder = new MediaRecorder(sheet.captureStream(20), { mimeType: "video/webm" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let frame = 0; frame < 10; frame++) {
      drawing?.fillRect(frame, 0, 9, 9);
      await new Promise((later) => setTimeout(later, 60));
    }
    recorder.stop();
    await new Promise((over) => (recorder.onstop = over));
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  await nodes(page).locator("input[type=file]").setInputFiles({ name: "film.webm", mimeType: "video/webm", buffer: Buffer.from(film) });
  await expect.poll(() => nodes(page).locator("video").evaluate((video: HTMLVideoElement) => video.videoWidth)).toBe(64);
  expect((await jsonOf(page)).nodes[0]?.widgets_values?.[0]).toBe("film.webm");
});

test("a model is dragged from its list onto the canvas, and chosen by folder, by picture and from what was chosen lately", async () => {
  const folder = join(sharedServer().base, "models", "loras", "styles");
  await mkdir(folder, { recursive: true });
  for (const name of ["chalk", "ink"]) await writeFile(join(folder, `${name}.safetensors`), "");
  const page = await open();
  await writeFile(join(folder, "ink.png"), await greenPicture(page));
  await expect.poll(() => tabNames(page)).toEqual(["txt2img"]);
  await page.keyboard.press("Alt+n");
  await expect.poll(() => nodes(page).count()).toBe(0);
  await openDrawer(page, "Models");
  const file = page.getByRole("complementary", { name: "Models" }).getByRole("listitem").filter({ hasText: "chalk.safetensors" });
  await file.dragTo(page.getByRole("main"));
  const lora = nodes(page).and(page.getByLabel("Load LoRA", { exact: false }));
  await lora.waitFor();
  const chosen = async () => String((await jsonOf(page)).nodes[0]?.widgets_values?.[0]).replace("\\", "/");
  expect(await chosen()).toBe("styles/chalk.safetensors");
  await lora.locator(".combo").click();
  const ink = page.getByRole("option", { name: /ink\.safetensors/ });
  await page.getByRole("listbox").getByText(/^styles/).waitFor();
  await expect.poll(() => ink.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await ink.click();
  expect(await chosen()).toBe("styles/ink.safetensors");
  await lora.locator(".combo").click();
  await expect.poll(() => page.getByRole("option").first().getAttribute("aria-label")).toMatch(/ink\.safetensors/);
  await page.keyboard.press("Escape");
  await file.dragTo(lora.locator(".combo"));
  expect(await chosen()).toBe("styles/chalk.safetensors");
  expect(await lora.count()).toBe(1);
  await file.getByRole("button").press("Enter");
  await expect.poll(() => lora.count()).toBe(2);
  expect((await jsonOf(page)).nodes[1]?.widgets_values?.[0]).toMatch(/^styles.chalk\.safetensors$/);
  await page.keyboard.press("Control+z");
  await expect.poll(() => lora.count()).toBe(1);
});

test("notes show their Markdown and are written by a double click; a switch is thrown", async () => {
  const page = await open();
  const notes = { last_node_id: 2, last_link_id: 0, version: 0.4, groups: [], config: {}, extra: {}, links: [], nodes: [
    { id: 1, type: "MarkdownNote", pos: [0, 0], size: [320, 200], flags: {}, order: 0, mode: 0, inputs: [], outputs: [], properties: {}, widgets_values: ["# Plan\n- **first** [there](https://example.org)"] },
    { id: 2, type: "SamplerCustom", pos: [400, 0], size: [320, 400], flags: {}, order: 1, mode: 0, inputs: [], outputs: [], properties: {}, widgets_values: [true, 1, "fixed", 8] },
  ] };
  await openBeside(page, "notes", JSON.stringify(notes));
  const note = page.locator(".note");
  expect(await note.locator("strong").innerText()).toBe("first");
  expect(await note.getByRole("link", { name: "there" }).getAttribute("rel")).toContain("noreferrer");
  await note.locator("strong").dblclick();
  await note.getByRole("textbox").fill("Just *this*.");
  await page.keyboard.press("Escape");
  expect(await note.locator("em").innerText()).toBe("this");
  const noise = nodes(page).getByRole("switch");
  expect(await noise.getAttribute("aria-checked")).toBe("true");
  await noise.click();
  expect((await jsonOf(page)).nodes.map((node) => node.widgets_values)).toEqual([["Just *this*."], [false, 1, "fixed", 8]]);
});
