import { describe, expect, test } from "vitest";
import { preferred, t, useLocale, type TextKey } from ".";
import en from "./en";
import zh from "./zh";

function texts(tree: object, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]): [string, string][] =>
    typeof value === "string" ? [[path + name, value]] : texts(value as object, `${path}${name}.`),
  );
}

const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("languages", () => {
  test("Chinese has every key of English, and no other", () => {
    expect(texts(zh).map(([key]) => key).sort()).toEqual(texts(en).map(([key]) => key).sort());
  });

  test("a translation fills in the same values", () => {
    const chinese = new Map(texts(zh));
    for (const [key, text] of texts(en)) expect([key, values(chinese.get(key) ?? "")]).toEqual([key, values(text)]);
  });

  test("no Chinese text was left in English", () => {
    const latin = texts(zh).filter(([, text]) => !/[\u4e00-\u9fff]/.test(text) && /[A-Za-z]{4,}/.test(text.replace(/\{\w+\}/g, "")));
    expect(latin).toEqual([]);
  });

  test("the visitor's languages are tried in order", () => {
    expect(preferred(["fr-FR", "zh-Hans-CN", "en"])).toBe("zh");
    expect(preferred(["fr"])).toBe("en");
  });

  test("t follows the language", () => {
    useLocale.getState().set("zh");
    expect(t("shell.rail" satisfies TextKey)).toBe("面板");
    useLocale.getState().set("en");
    expect(t("shell.rail")).toBe("Panels");
  });
});
