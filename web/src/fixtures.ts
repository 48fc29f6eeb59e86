/** A small catalogue and workflow for tests. */

import { readCatalogue } from "./model/catalogue";
import type { JsonObject } from "./model/json";

const entry = (title: string, category: string, required: object, output: string[], more: object = {}) => ({
  input: { required }, input_order: { required: Object.keys(required) }, output, output_name: output, output_is_list: output.map(() => false),
  display_name: title, category, description: "", python_module: "nodes", output_node: false, ...more,
});

export const CATALOGUE = readCatalogue({
  Loader: entry("Load Checkpoint", "loaders", { ckpt_name: [["a.safetensors", "b.safetensors"]] }, ["MODEL", "CLIP", "VAE"]),
  Encode: entry("CLIP Text Encode", "conditioning", { text: ["STRING", { multiline: true, dynamicPrompts: true }], clip: ["CLIP"] }, ["CONDITIONING"]),
  Sampler: entry("KSampler", "sampling", {
    model: ["MODEL"], seed: ["INT", { default: 0, min: 0, max: 2 ** 64, control_after_generate: true }], steps: ["INT", { default: 20, min: 1, max: 100 }],
    cfg: ["FLOAT", { default: 8, min: 0, max: 100, step: 0.1 }], sampler_name: [["euler", "heun"]], positive: ["CONDITIONING"], negative: ["CONDITIONING"], latent: ["LATENT"],
  }, ["LATENT"]),
  Empty: entry("Empty Latent", "latent", { width: ["INT", { default: 512, min: 16, max: 4096, step: 8 }] }, ["LATENT"]),
  Decode: entry("VAE Decode", "latent", { samples: ["LATENT"], vae: ["VAE"] }, ["IMAGE"]),
  Scale: entry("Scale Image", "image", { image: ["IMAGE"], factor: ["FLOAT", { default: 2 }] }, ["IMAGE"]),
  Batch: entry("Batch", "image", { images: ["IMAGE", { growing: true }] }, ["IMAGE"]),
  Save: entry("Save Image", "image", { images: ["IMAGE"], filename_prefix: ["STRING", { default: "G" }] }, [], { output_node: true }),
});

const node = (id: number, type: string, x: number, inputs: [string, string, number | null][], outputs: [string, number[]][], values: (string | number)[] = []) => ({
  id, type, pos: [x, 100], size: [210, 100], flags: {}, order: id, mode: 0,
  inputs: inputs.map(([name, kind, link]) => ({ name, type: kind, link })), outputs: outputs.map(([kind, links]) => ({ name: kind, type: kind, links })),
  properties: {}, widgets_values: values,
});

/** Loader -> Encode (twice) -> Sampler -> Decode -> Save, with keys that the editor does not know. */
export const WORKFLOW: JsonObject = {
  id: "w", revision: 0, last_node_id: 7, last_link_id: 9,
  nodes: [
    node(1, "Loader", 0, [], [["MODEL", [1]], ["CLIP", [2, 3]], ["VAE", [4]]], ["a.safetensors"]),
    node(2, "Encode", 300, [["clip", "CLIP", 2]], [["CONDITIONING", [5]]], ["a cat"]),
    node(3, "Encode", 300, [["clip", "CLIP", 3]], [["CONDITIONING", [6]]], ["bad"]),
    node(4, "Empty", 300, [], [["LATENT", [7]]], [512]),
    node(5, "Sampler", 700, [["model", "MODEL", 1], ["positive", "CONDITIONING", 5], ["negative", "CONDITIONING", 6], ["latent", "LATENT", 7]], [["LATENT", [8]]], [7, "fixed", 20, 8, "euler"]),
    { ...node(6, "Decode", 1000, [["samples", "LATENT", 8], ["vae", "VAE", 4]], [["IMAGE", [9]]]), custom: { kept: [1, { deep: true }] } },
    node(7, "Save", 1300, [["images", "IMAGE", 9]], [], ["out"]),
  ],
  links: [[1, 1, 0, 5, 0, "MODEL"], [2, 1, 1, 2, 0, "CLIP"], [3, 1, 1, 3, 0, "CLIP"], [4, 1, 2, 6, 1, "VAE"], [5, 2, 0, 5, 1, "CONDITIONING"], [6, 3, 0, 5, 2, "CONDITIONING"], [7, 4, 0, 5, 3, "LATENT"], [8, 5, 0, 6, 0, "LATENT"], [9, 6, 0, 7, 0, "IMAGE"]],
  groups: [{ id: 1, title: "Texts", bounding: [280, 40, 300, 400], color: "#3f789e", font_size: 24, flags: {} }],
  config: {}, extra: { ds: { scale: 1, offset: [0, 0] }, mine: "kept" }, version: 0.4, unknown: [null, 1.5],
};
