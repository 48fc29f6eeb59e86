import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson, put, replaceItem, styleOf, writeJson, type Json, type JsonObject } from "./json";

const again = (text: string) => writeJson(parseJson(text), styleOf(text));

test.each([
  '{"seed": 18446744073709551615, "size": [210.0, 126.00], "x": 1e5}',
  '{"2":1,"1":2,"b":{"10":[],"9":{}}}',
  '{"a": NaN, "b": [Infinity, -Infinity, -0]}',
  '{"text": "\\u6b65\\u9aa4 caf\\u00e9"}',
  '{"text":"步骤 \\" \\\\ \\n"}',
  '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}\n',
  '\uFEFF{"__proto__":{"x":1},"a":1}',
])("%s comes out as it went in", (text) => {
  expect(again(text)).toBe(text);
});

test("any JSON comes out as it went in, in each of the common styles", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(JSON.parse(again(text))).toEqual(JSON.parse(text));
      expect(again(text)).toBe(text);
    }),
  );
});

test("a change leaves the spelling of the rest", () => {
  const read = parseJson('{"2":1.0,"1":18446744073709551615}') as JsonObject;
  expect(writeJson(put(read, { "2": 3 }))).toBe('{"2":3,"1":18446744073709551615}');
  const list = parseJson("[1.0,2.0]") as Json[];
  expect(writeJson(replaceItem(list, 0, 5))).toBe("[5,2.0]");
});

test.each(["{", '{"a" 1}', "[1,]", "nul", '{"a":1} x', ""])("%j is refused with its place", (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
