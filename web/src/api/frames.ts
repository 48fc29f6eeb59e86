import type { PreviewEvent } from "./wire";

const PREVIEW = 1;
const TEXT = 3;
const PREVIEW_WITH_METADATA = 4;
const KINDS = ["image/jpeg", "image/png"]; // as format numbers 1 and 2

export interface TextEvent {
  type: "progress_text";
  node: string;
  text: string;
}

/** Reads a binary message of the socket (numbers are big-endian); null for kinds that the editor does not know. */
export function readFrame(buffer: ArrayBuffer): PreviewEvent | TextEvent | null {
  if (buffer.byteLength < 8) return null;
  const view = new DataView(buffer);
  const kind = view.getUint32(0);
  const second = view.getUint32(4);
  if (kind === PREVIEW) {
    return { type: "preview", blob: new Blob([buffer.slice(8)], { type: KINDS[second - 1] ?? "image/jpeg" }), node: null, job: null };
  }
  const rest = 8 + second;
  if (rest > buffer.byteLength) return null;
  const head = new TextDecoder().decode(buffer.slice(8, rest));
  if (kind === TEXT) return { type: "progress_text", node: head, text: new TextDecoder().decode(buffer.slice(rest)) };
  return kind === PREVIEW_WITH_METADATA ? withMetadata(head, buffer.slice(rest)) : null;
}

function withMetadata(head: string, image: ArrayBuffer): PreviewEvent | null {
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(head) as Record<string, unknown>;
  } catch {
    return null;
  }
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return {
    type: "preview",
    blob: new Blob([image], { type: text(data.image_type) ?? "image/jpeg" }),
    node: text(data.display_node_id) ?? text(data.node_id),
    job: text(data.prompt_id),
  };
}
