import { afterAll, beforeAll, expect } from "vitest";
import { CHROMIUM } from "./chromium";
import { open, test } from "./open";
import { Server } from "./serve";
import { openBeside, openDrawer, pictures, runButton, tabNames, until } from "./work";
import { slow } from "./workflows";

let server: Server | undefined;

beforeAll(async () => {
  if (CHROMIUM !== null) server = await Server.make();
}, 90_000);
afterAll(() => server?.remove());

function here(): Server {
  if (server === undefined) throw new Error("There is no server.");
  return server;
}

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
});
