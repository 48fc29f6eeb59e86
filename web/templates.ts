import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";

const FOLDER = resolve(import.meta.dirname, "../workflows");
const FIRST = ["txt2img", "img2img", "controlnet", "lora"]; // what most people come for
const NOTES = new Set(["Note", "MarkdownNote"]);

interface Workflow {
  nodes: { type: string; pos: [number, number]; size: [number, number]; widgets_values?: unknown[] }[];
}

/** Lays the example workflows into the build as `templates/NAME.json`, their pictures, and an index of them. */
export function templates(): Plugin {
  return {
    name: "templates",
    async buildStart() {
      if (this.meta.watchMode) return; // `vite dev` takes them from the server
      const index = [];
      for (const name of await names()) {
        const text = await readFile(join(FOLDER, `${name}.json`));
        this.emitFile({ type: "asset", fileName: `templates/${name}.json`, source: text });
        const picture = join(FOLDER, `${name}.webp`);
        if (existsSync(picture)) this.emitFile({ type: "asset", fileName: `templates/${name}.webp`, source: await readFile(picture) });
        index.push(entry(name, JSON.parse(text.toString()) as Workflow, existsSync(picture)));
      }
      this.emitFile({ type: "asset", fileName: "templates/index.json", source: JSON.stringify(index) });
    },
  };
}

async function names(): Promise<string[]> {
  const all = (await readdir(FOLDER)).filter((file) => file.endsWith(".json")).map((file) => file.replace(/\.json$/, ""));
  const place = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return all.sort((one, other) => place(one) - place(other) || one.localeCompare(other));
}

function entry(name: string, { nodes }: Workflow, picture: boolean) {
  const note = nodes.find((node) => NOTES.has(node.type))?.widgets_values?.[0];
  const description = typeof note === "string" ? (note.replace(/[#*`]/g, "").trim().split("\n").find(Boolean) ?? "") : "";
  const boxes = nodes.map(({ pos, size }) => [...pos, ...size].map(Math.round));
  return { name, title: name.replaceAll("_", " "), description, picture, boxes };
}
