/**
 * How fast the editor is with many nodes, in headless Chromium against a real server: `python -m tools.editor speed`.
 *
 * Frame rates are bound by the machine's: without a GPU the browser paints in software, and other work takes its turns.
 * So the idle rate, of a page on which nothing happens, stands beside them; typing stands beside a bare text field; and
 * beside each figure of the clock stands the processor time of the page's main thread, which other work changes little.
 */

import { launch, type CDPSession, type Page } from "../web/tests/browser/chromium.ts";
import { Server } from "../web/tests/browser/serve.ts";
import { chains } from "../web/tests/browser/many.ts";

const SIZES = [500, 2000];
const ROUNDS = 3;
const SECONDS = 3;
const KEYS = 40;

interface Frames {
  fps: number;
  longest: number;
  /** Milliseconds of processor time a frame. */
  cpu: number;
}

/** Seconds of processor time that the page's main thread has taken. */
async function cpuOf(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN;
}

async function sessionOf(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return session;
}

const middle = (numbers: readonly number[]): number => [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;

/** Frames while something is done, over and over. */
async function frames(page: Page, act: (turn: number) => Promise<void>): Promise<Frames> {
  const session = await sessionOf(page);
  const before = await cpuOf(session);
  await page.evaluate(() => {
    const times: number[] = [];
    const note = (now: number) => {
      times.push(now);
      Object.assign(window, { frame: requestAnimationFrame(note), times });
    };
    requestAnimationFrame(note);
  });
  const end = Date.now() + SECONDS * 1000;
  for (let turn = 0; Date.now() < end; turn++) await act(turn);
  const times = await page.evaluate(() => {
    const { frame, times } = window as unknown as { frame: number; times: number[] };
    cancelAnimationFrame(frame);
    return times;
  });
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  return { fps: 1000 / middle(gaps), longest: Math.max(...gaps), cpu: (1000 * ((await cpuOf(session)) - before)) / gaps.length };
}

/** Milliseconds from the drop of a file until the page has changed for the last time. */
async function opening(page: Page, text: string): Promise<number> {
  return page.evaluate(async (text) => {
    const main = document.querySelector("main") ?? document.body;
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "many.json", { type: "application/json" }));
    const began = performance.now();
    let changed = began;
    const watch = new MutationObserver(() => (changed = performance.now()));
    watch.observe(document.body, { subtree: true, childList: true, attributes: true });
    main.dispatchEvent(new DragEvent("dragover", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    main.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    const isThere = () => document.querySelector("[role=tab][aria-selected=true]")?.textContent.includes("many") && document.querySelector(".canvas[data-far], .react-flow__node .node") !== null; // seen from afar nodes are a picture
    while (!isThere() || performance.now() - changed < 500) await new Promise((later) => setTimeout(later, 20));
    watch.disconnect();
    return changed - began;
  }, text);
}

/** Milliseconds from each key until its frame is ready to be painted, in the field that has the keyboard. */
async function typing(page: Page): Promise<number> {
  await page.evaluate(() => {
    const took: number[] = [];
    Object.assign(window, { took });
    window.addEventListener("keydown", () => {
      const began = performance.now();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => took.push(performance.now() - began);
        port2.postMessage(null);
      });
    }, { capture: true });
  });
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press("a");
    await page.waitForTimeout(60);
  }
  return middle(await page.evaluate(() => (window as unknown as { took: number[] }).took));
}

async function withBareField(page: Page): Promise<number> {
  await page.evaluate(() => {
    const field = document.createElement("textarea");
    document.body.replaceChildren(field);
    field.focus();
  });
  return typing(page);
}

const CENTRE: [number, number] = [740, 470];

async function pan(page: Page): Promise<Frames> {
  await page.mouse.move(...CENTRE);
  await page.mouse.down({ button: "middle" });
  const found = await frames(page, (turn) => page.mouse.move(CENTRE[0] + 300 * Math.sin(turn / 20), CENTRE[1] + 200 * Math.cos(turn / 20)));
  await page.mouse.up({ button: "middle" });
  return found;
}

async function zoom(page: Page): Promise<Frames> {
  await page.mouse.move(...CENTRE);
  return frames(page, (turn) => page.mouse.wheel(0, turn % 60 < 30 ? -40 : 40));
}

/** Name -> figure, of one fresh browser. */
async function measured(url: string, nodes: number): Promise<Record<string, number>> {
  const browser = await launch();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  const rates = (name: string, { fps, longest, cpu }: Frames) => ({ [`${name}, frames a second`]: fps, [`${name}, longest frame, ms`]: longest, [`${name}, processor time a frame, ms`]: cpu });
  const actualSize = async () => {
    await page.getByRole("button", { name: "Zoom to 100%" }).click();
    await page.waitForTimeout(500);
  };
  try {
    await page.goto(url);
    await page.getByRole("tab", { name: "txt2img" }).waitFor();
    await page.waitForTimeout(1000);
    const session = await sessionOf(page);
    const found = rates("idle", await frames(page, () => page.waitForTimeout(50)));
    const before = await cpuOf(session);
    found["open, ms"] = await opening(page, chains(nodes));
    found["open, processor time, ms"] = 1000 * ((await cpuOf(session)) - before);
    Object.assign(found, rates("pan, all in view", await pan(page)), rates("zoom, all in view", await zoom(page)));
    await actualSize();
    Object.assign(found, rates("pan at 100 %", await pan(page)), rates("zoom around 100 %", await zoom(page)));
    await actualSize();
    await page.getByRole("textbox", { name: "text" }).first().focus();
    const typed = await cpuOf(session);
    found["a key in a text, ms"] = await typing(page);
    found["a key in a text, processor time, ms"] = (1000 * ((await cpuOf(session)) - typed)) / KEYS;
    found["a key in a bare field, ms"] = await withBareField(page);
    return found;
  } finally {
    await browser.close();
  }
}

/** Prints the medians of all rounds as a table, a column for each size. */
function print(rounds: ReadonlyMap<number, readonly Record<string, number>[]>): void {
  const rows = Object.keys(rounds.get(SIZES[0] ?? 0)?.[0] ?? {});
  console.log(`| | ${SIZES.map((size) => `${size} nodes`).join(" | ")} |\n|---|${SIZES.map(() => "--:").join("|")}|`);
  for (const row of rows) console.log(`| ${row} | ${SIZES.map((size) => middle((rounds.get(size) ?? []).map((round) => round[row] ?? NaN)).toFixed(row.includes("second") ? 0 : 1)).join(" | ")} |`);
}

const server = await Server.make();
try {
  const rounds = new Map<number, Record<string, number>[]>(SIZES.map((size) => [size, []]));
  for (let round = 0; round < ROUNDS; round++) for (const size of SIZES) rounds.get(size)?.push(await measured(server.url, size));
  print(rounds);
} finally {
  await server.remove();
}
