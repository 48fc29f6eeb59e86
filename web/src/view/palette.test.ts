import { expect, test } from "vitest";
import { fit, ranked } from "./palette";

const entry = (title: string) => ({ id: title, title, detail: "", run: () => undefined });
const titles = (text: string, ...names: string[]) => ranked(names.map(entry), text).map(({ title }) => title);

test("a title that begins so comes before one that only holds it", () => {
  expect(titles("sam", "Resample", "Upsampler", "Sampler", "Set sample")).toEqual(["Sampler", "Set sample", "Resample", "Upsampler"]);
});

test("letters in order are enough", () => {
  expect(titles("ksa", "KSampler (Advanced)", "Save")).toEqual(["KSampler (Advanced)"]);
  expect(fit("vae decode", "vd")).toBeLessThan(fit("v a e d", "ved"));
});

test("no text changes nothing", () => {
  expect(titles("  ", "b", "a")).toEqual(["b", "a"]);
});
