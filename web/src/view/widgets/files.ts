import type { FileRef } from "../../api/wire";

/** A file as widgets name it: `folder/name.png`, with `[output]` or `[temp]` for other places than the inputs. */
export function fileOf(value: string): FileRef {
  const found = /^(.*?)(?:\s*\[(input|output|temp)\])?$/.exec(value);
  const path = found?.[1] ?? value;
  const cut = path.lastIndexOf("/");
  return { filename: path.slice(cut + 1), subfolder: cut < 0 ? "" : path.slice(0, cut), type: (found?.[2] as FileRef["type"]) ?? "input" };
}

/** The other way round. An answer to an upload names its file `name`. */
export function annotated(file: (FileRef | { name: string; subfolder?: string; type?: string })): string {
  const name = "filename" in file ? file.filename : file.name;
  const path = file.subfolder ? `${file.subfolder}/${name}` : name;
  return !file.type || file.type === "input" ? path : `${path} [${file.type}]`;
}
