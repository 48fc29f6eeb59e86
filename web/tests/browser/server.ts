import type { TestProject } from "vitest/node";
import { CHROMIUM } from "./chromium";
import { python, Server } from "./serve";

declare module "vitest" {
  interface ProvidedContext {
    url: string;
    base: string;
  }
}

/** One server for all tests that need not stop theirs; the editor is built first where its sources changed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (CHROMIUM === null) {
    if (process.env.GRAPHCORE_FORBID_SKIPS) throw new Error("Chromium is missing, and no test may be skipped here.");
    project.provide("url", "");
    return () => Promise.resolve();
  }
  python("tools.editor");
  const server = await Server.make();
  project.provide("url", server.url);
  project.provide("base", server.base);
  return () => server.remove();
}
