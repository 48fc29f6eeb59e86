import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

export type { CDPSession, Page } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** The system's Chromium, or null where there is none. CHROMIUM names another. */
export const CHROMIUM = PLACES.find((path) => path !== undefined && existsSync(path)) ?? null;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? "", args: FLAGS });
}
