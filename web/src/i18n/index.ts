import { create } from "zustand";
import en from "./en";
import zh from "./zh";

/** Every text of the editor, by language. A language that lacks a key does not compile. */
const LANGUAGES = { en, zh } satisfies Record<string, typeof en>;

export type Language = keyof typeof LANGUAGES;
type Texts = typeof en;
type Keys<T, Path extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${Path}${K}` : Keys<T[K], `${Path}${K}.`>;
}[keyof T & string];
export type TextKey = Keys<Texts>;

export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", zh: "简体中文" };

interface Locale {
  language: Language;
  set: (language: Language) => void;
}

export const useLocale = create<Locale>()((set) => ({
  language: preferred(typeof navigator === "undefined" ? [] : navigator.languages),
  set: (language) => {
    set({ language });
  },
}));

/** The first of a visitor's languages that the editor speaks. */
export function preferred(languages: readonly string[]): Language {
  for (const tag of languages) {
    const base = tag.toLowerCase().split("-")[0];
    if (base !== undefined && base in LANGUAGES) return base as Language;
  }
  return "en";
}

/** A text in the visitor's language; `{name}` in it is replaced by `values.name`. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return fill(lookUp(LANGUAGES[useLocale.getState().language], key), values);
}

/** `t`, in a component: it is drawn again when the language changes. */
export function useText(): typeof t {
  useLocale((locale) => locale.language);
  return t;
}

function lookUp(texts: object, key: string): string {
  let found: unknown = texts;
  for (const part of key.split(".")) found = (found as Record<string, unknown>)[part];
  return typeof found === "string" ? found : key;
}

function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}
