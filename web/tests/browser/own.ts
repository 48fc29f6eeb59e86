import { afterAll, beforeEach, inject } from "vitest";
import { CHROMIUM } from "./chromium";
import { Server } from "./serve";

export type Place = Pick<Server, "url" | "base">;

/** A server for the tests of this file, made before the first. A second try of a test gets a fresh one: nothing that the first try left behind may fail it. */
export function ownServer(make: () => Promise<Server>): () => Server {
  const made = remade(make, false);
  return () => {
    const server = made();
    if (server === undefined) throw new Error("There is no server.");
    return server;
  };
}

const again = remade(() => Server.make(), true);

/** The server that all tests share which need not stop theirs; for second tries, one of their own. */
export function sharedServer(): Place {
  return again() ?? { url: inject("url"), base: inject("base") };
}

function remade(make: () => Promise<Server>, onlyAgain: boolean): () => Server | undefined {
  let server: Server | undefined;
  beforeEach(async ({ task }) => {
    const isAgain = (task.result?.retryCount ?? 0) > 0;
    if (CHROMIUM === null || (!isAgain && (server !== undefined || onlyAgain))) return;
    const old = server;
    server = undefined;
    await old?.remove();
    server = await make();
  }, 90_000);
  afterAll(() => server?.remove());
  return () => server;
}
