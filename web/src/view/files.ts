import { api } from "../api/client";
import type { FileRef, JsonObject } from "../api/wire";

/** Endings of files that are, or may carry, a workflow. */
export const WORKFLOW_FILES = ".json,.png,.webp,.jpg,.jpeg,.avif,.svg,.mp4,.mov,.webm,.mkv,.flac,.ogg,.mp3,.glb,.safetensors,.latent";

/** A workflow that was read from somewhere, and what to call it. */
export interface Found {
  workflow: string | JsonObject;
  title: string;
}

/** The workflow of a file: read here if it is a workflow of the editor, else by the server, which knows every container. */
export async function readFile(file: Blob, name: string): Promise<Found> {
  const title = titleOf(name);
  if (/\.json$/i.test(name) || file.type === "application/json") {
    const text = await file.text();
    if (editorForm(text)) return { workflow: text, title };
  }
  const response = await api.http.request("/v1/workflows/read", { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
  return { workflow: ((await response.json()) as { workflow: JsonObject }).workflow, title };
}

/** The workflow that a file of the server carries. */
export async function readShown(file: FileRef): Promise<Found> {
  const response = await fetch(api.viewUrl(file));
  return readFile(await response.blob(), file.filename);
}

/** JSON text as a workflow of the editor, or null if it is anything else. */
export function editorForm(text: string): JsonObject | null {
  try {
    const found = JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
    const isEditor = typeof found === "object" && found !== null && "nodes" in found && Array.isArray(found.nodes);
    return isEditor ? (found as unknown as JsonObject) : null;
  } catch {
    return null; // such as the NaN that Python writes: the server reads that
  }
}

export function titleOf(path: string): string {
  return (path.split("/").at(-1) ?? path).replace(/\.[A-Za-z0-9]{1,5}$/, "");
}

/** Gives a text to the visitor as a file. */
export function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Asks the visitor for files. */
export function chooseFiles(accept: string): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = accept;
    input.multiple = true;
    input.onchange = () => resolve([...(input.files ?? [])]);
    input.oncancel = () => resolve([]);
    input.click();
  });
}
