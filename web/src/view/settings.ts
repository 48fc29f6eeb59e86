import { create } from "zustand";
import { api } from "../api/client";
import { preferred, useLocale, type Language } from "../i18n";

/** What a visitor has chosen. Kept in the browser, and on the server for their other browsers. */
export interface Settings {
  theme: "system" | "dark" | "light";
  language: Language | "system";
  notifications: boolean;
  snap: boolean;
  grid: number;
  minimap: boolean;
}

const KEY = "graphcore.settings";
const SERVER_KEY = "Graphcore.Editor";
const DEFAULTS: Settings = { theme: "dark", language: "system", notifications: false, snap: false, grid: 10, minimap: true };

export const useSettings = create<Settings>()(() => ({ ...DEFAULTS, ...known(readLocal()) }));

/** Keeps the fields that are settings, of the right type. */
function known(found: unknown): Partial<Settings> {
  if (typeof found !== "object" || found === null) return {};
  const fields = Object.entries(found).filter(([name, value]) => name in DEFAULTS && typeof value === typeof DEFAULTS[name as keyof Settings]);
  return Object.fromEntries(fields);
}

function readLocal(): unknown {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {}; // unreadable settings are as good as none
  }
}

export function changeSettings(change: Partial<Settings>): void {
  useSettings.setState(change);
  const text = JSON.stringify(useSettings.getState());
  localStorage.setItem(KEY, text);
  api.setSetting(SERVER_KEY, useSettings.getState()).catch(() => undefined); // offline: the browser has them
}

/** Takes what another browser of this visitor has set, and puts settings to work from now on. */
export function startSettings(): void {
  useSettings.subscribe(apply);
  apply(useSettings.getState());
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => apply(useSettings.getState()));
  if (localStorage.getItem(KEY) !== null) return;
  api.settings().then(
    (all) => useSettings.setState(known(all[SERVER_KEY])),
    () => undefined, // offline: the defaults will do
  );
}

function apply({ theme, language }: Settings): void {
  const isLight = theme === "light" || (theme === "system" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.theme = isLight ? "light" : "dark";
  const chosen = language === "system" ? preferred(navigator.languages) : language;
  document.documentElement.lang = chosen === "zh" ? "zh-Hans" : chosen;
  useLocale.getState().set(chosen);
}
