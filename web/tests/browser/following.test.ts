import { expect } from "vitest";
import { open, test } from "./open";
import { ownServer } from "./own";
import { Server } from "./serve";
import { nodes, openBeside, openDrawer, pictures, runButton, select, tabNames, textOf, until } from "./work";
import { slow, twoBranches } from "./workflows";

const here = ownServer(() => Server.make());

const finished = async () => ((await (await fetch(`${here().url}/api/v1/jobs?state=succeeded`)).json()) as { total: number }).total;
const openJobs = async () => ((await (await fetch(`${here().url}/api/v1/jobs?state=queued,paused,running`)).json()) as { total: number }).total;

test("a reload in the middle of a run keeps following it", async () => {
  const page = await open({ url: here().url });
  await openBeside(page, "long", slow(300)); // a reload takes seconds, and the run has to outlast it
  await runButton(page).click();
  await until(openJobs, (count) => count === 1);
  await page.getByRole("progressbar", { name: "Progress of the run" }).waitFor();
  await page.reload();
  await expect.poll(() => tabNames(page)).toEqual(["txt2img", "long"]);
  await page.getByRole("progressbar", { name: "Progress of the run" }).waitFor();
  await page.getByRole("progressbar", { name: "Progress of the run" }).waitFor({ state: "detached", timeout: 90_000 });
  await openDrawer(page, "Gallery");
  await pictures(page).first().waitFor();
});

test("a run to here runs the selected node and what it needs, an output or not, and nothing else", async () => {
  const page = await open({ url: here().url });
  await openBeside(page, "branches", twoBranches());
  const marked = () => page.getByRole("main").locator(".react-flow__node:has(.run-mark)").evaluateAll((found) => found.map((node) => (node as HTMLElement).dataset.id));
  await select(page, "2");
  await page.keyboard.press("Control+Shift+Enter");
  await nodes(page).getByRole("button", { name: /^Look at branch2/ }).waitFor({ timeout: 60_000 });
  await expect.poll(marked).toEqual(["1", "2"]);
  const before = await textOf(page);
  await nodes(page).and(page.locator('[data-id="3"]')).locator(".node-bar").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Run to the selected node" }).click();
  await expect.poll(marked).toContain("3");
  await until(openJobs, (count) => count === 0);
  expect(await nodes(page).getByRole("button", { name: /^Look at branch4/ }).count()).toBe(0);
  expect(await textOf(page)).toBe(before);
});

test("after a run every node shows its time, or that it was kept from an earlier run", async () => {
  const page = await open({ url: here().url });
  await openBeside(page, "short", slow(2));
  const marks = page.getByRole("main").locator(".run-mark");
  const over = async () => (await page.getByRole("progressbar", { name: "Progress of the run" }).count()) === 0 && (await marks.count()) === 7;
  await runButton(page).click();
  await until(over, Boolean);
  for (let again = 0; again < 3; again++) { // a warm run is over before the answer to the request is read
    await runButton(page).click();
    await until(over, Boolean);
    const shown = (await marks.allInnerTexts()).map((text) => (/^[\d.]+ (ms|s)$/.test(text) ? "time" : text));
    expect(shown).toEqual(["✓", "✓", "✓", "✓", "time", "time", "time"]);
  }
});

test("a server that restarts in the middle of its queue: the editor says so, and the queue returns and is worked off", async () => {
  const page = await open({ url: here().url });
  await openBeside(page, "long", slow(60));
  await page.getByRole("spinbutton", { name: "How often to run" }).fill("4");
  await runButton(page).click();
  await until(openJobs, (count) => count >= 3);
  await here().stop("SIGKILL");
  await page.getByText("The server is away.").waitFor();
  await here().start();
  await page.getByText("The server is away.").waitFor({ state: "detached" });
  await openDrawer(page, "Queue");
  await page.getByRole("list", { name: /Running|Waiting/ }).getByRole("listitem").first().waitFor();
  await until(openJobs, (count) => count === 0, 100);
  await page.getByText("Nothing waits.").waitFor();
  expect(await page.getByText("Did not finish").count()).toBe(0);
}, 240_000);

test("jobs that wait are held back, moved and taken back from the queue's drawer", async () => {
  const page = await open({ url: here().url });
  await openBeside(page, "long", slow(60));
  await page.getByRole("spinbutton", { name: "How often to run" }).fill("4");
  await runButton(page).click();
  await openDrawer(page, "Queue");
  const waiting = page.getByRole("list", { name: "Waiting" }).getByRole("listitem");
  await until(() => waiting.count(), (count) => count >= 2);
  await waiting.last().getByRole("button", { name: "Hold back" }).click();
  await page.getByText("paused").waitFor();
  await waiting.last().getByRole("button", { name: "Move up" }).click();
  await page.getByRole("button", { name: "Clear" }).click();
  await until(openJobs, (count) => count <= 1);
  await page.getByRole("button", { name: "Stop this job" }).click();
  await until(openJobs, (count) => count === 0);
  const ended = page.getByRole("list", { name: "Did not finish" }).getByRole("listitem");
  await until(() => ended.count(), (count) => count >= 1);
  const before = await finished();
  await ended.first().getByRole("button", { name: "Run again" }).click();
  await until(finished, (count) => count === before + 1, 60);
});

test("who is elsewhere hears of the end of a run: a notice in another tab, the system's where the page is hidden", async () => {
  const page = await open({ url: here().url });
  await page.addInitScript(() => {
    const said: string[] = [];
    const notice = Object.assign(function (text: string) { said.push(text); }, { permission: "granted", requestPermission: () => Promise.resolve("granted") });
    Object.assign(window, { Notification: notice, said });
  });
  await page.reload();
  await openBeside(page, "far", slow(60));
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("dialog").getByLabel("Tell me when a run ends").check();
  await page.keyboard.press("Escape");
  await runButton(page).click();
  await page.getByRole("tab", { name: "txt2img" }).click();
  await page.evaluate(() => Object.defineProperty(document, "hidden", { get: () => true }));
  await page.getByRole("status").getByText("“far” is done.").waitFor({ timeout: 60_000 });
  expect(await page.evaluate(() => (window as unknown as { said: string[] }).said)).toEqual(["“far” is done."]);
  await page.getByRole("status").getByRole("button", { name: "Show" }).click();
  await page.getByRole("tab", { name: "far", selected: true }).waitFor();
});
