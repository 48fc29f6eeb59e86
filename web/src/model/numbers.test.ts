import fc from "fast-check";
import { expect, test } from "vitest";
import { clamp, evaluate, shown } from "./numbers";

test.each([["512*1.5", 768], ["(64+8)/2", 36], ["2^10", 1024], ["-3", -3], ["1,5", 1.5], ["2--3", 5], ["1e3", 1000], [" 7 ", 7]])("%s is %d", (text, value) => {
  expect(evaluate(text)).toBe(value);
});

test.each(["", "a", "1+", "(1", "1/0", "2 3", "alert(1)"])("%j is no number", (text) => {
  expect(evaluate(text)).toBeNull();
});

test("whole numbers keep to their steps, counted from the least", () => {
  expect(clamp(515, { min: 16, max: 4096, step: 8, isInt: true })).toBe(512);
  expect(clamp(9999, { min: 16, max: 4096, step: 8, isInt: true })).toBe(4096);
  expect(clamp(0.123456, { round: 0.01, isInt: false })).toBe(0.12);
});

test("whatever is typed ends within the limits", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), (value) => {
    const found = clamp(value, { min: -5, max: 7, step: 2, isInt: true });
    expect(found >= -5 && found <= 7).toBe(true);
  }));
});

test("numbers show the places that their steps need", () => {
  expect(shown(8, { step: 0.1, isInt: false })).toBe("8.0");
  expect(shown(0.25, { step: 0.01, isInt: false })).toBe("0.25");
  expect(shown(0.1234567, { step: 0.1, isInt: false })).toBe("0.1234567");
});
