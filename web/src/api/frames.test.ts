import { expect, test } from "vitest";
import { readFrame } from "./frames";

function frame(...parts: (number | string | number[])[]): ArrayBuffer {
  const bytes = parts.flatMap((part) => {
    if (typeof part === "number") return [part >>> 24, part >>> 16, part >>> 8, part].map((byte) => byte & 255);
    return typeof part === "string" ? [...new TextEncoder().encode(part)] : part;
  });
  return new Uint8Array(bytes).buffer;
}

test("a plain preview", async () => {
  const found = readFrame(frame(1, 2, [9, 8, 7]));
  if (found?.type !== "preview") throw new Error("no preview");
  expect(found.blob.type).toBe("image/png");
  expect([...new Uint8Array(await found.blob.arrayBuffer())]).toEqual([9, 8, 7]);
});

test("a preview that says which node it is of", () => {
  const head = JSON.stringify({ node_id: "5", display_node_id: "3", prompt_id: "j", image_type: "image/jpeg" });
  expect(readFrame(frame(4, head.length, head, [1]))).toMatchObject({ node: "3", job: "j" });
});

test("text with letters beyond ASCII", () => {
  expect(readFrame(frame(3, 2, "12", "步骤"))).toEqual({ type: "progress_text", node: "12", text: "步骤" });
});

test("what is cut short, unknown or no JSON is left out", () => {
  expect(readFrame(frame(4, 200, "{}"))).toBeNull();
  expect(readFrame(frame(4, 1, "{"))).toBeNull();
  expect(readFrame(frame(77, 0))).toBeNull();
  expect(readFrame(new ArrayBuffer(3))).toBeNull();
});
