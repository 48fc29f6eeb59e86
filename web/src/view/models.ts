import { api } from "../api/client";
import type { ModelFile } from "../api/wire";
import type { Catalogue, NodeType } from "../model/catalogue";

/** The model files of one kind, such as `loras`. */
export interface ModelKind {
  name: string;
  files: readonly ModelFile[];
}

/** What is dragged from the list of models: JSON of a `ModelName`. */
export const MODEL_DATA = "application/x-graphcore-model";

export interface ModelName {
  kind: string;
  name: string;
}

let known: Promise<readonly ModelKind[]> | undefined;

/** The model files that the server has; asked once, and again after `forgetModels`. */
export function loadModels(): Promise<readonly ModelKind[]> {
  known ??= ask().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

export function forgetModels(): void {
  known = undefined;
}

async function ask(): Promise<readonly ModelKind[]> {
  const folders = await api.modelFolders();
  const kinds = await Promise.all(folders.map(async ({ name }) => ({ name, files: await api.modelFiles(name).catch(() => []) })));
  return kinds.filter(({ files }) => files.length > 0);
}

/** File name -> where its picture would be, for all model files. */
export async function modelPictures(): Promise<ReadonlyMap<string, string>> {
  const kinds = await loadModels();
  return new Map(kinds.flatMap(({ name, files }) => files.map((file) => [file.name, api.modelPictureUrl(name, file)] as const)));
}

/** Kind of model file -> the node that loads it as a rule. */
const USUAL: Record<string, string> = {
  checkpoints: "CheckpointLoaderSimple", loras: "LoraLoader", vae: "VAELoader", controlnet: "ControlNetLoader", text_encoders: "CLIPLoader", diffusion_models: "UNETLoader",
  upscale_models: "UpscaleModelLoader", clip_vision: "CLIPVisionLoader", style_models: "StyleModelLoader", gligen: "GLIGENLoader", hypernetworks: "HypernetworkLoader",
};

/** The usual node that loads a model file, else the simplest, and the input that names it; null if none does. */
export function loaderOf({ kind, name }: ModelName, { types }: Catalogue): { type: NodeType; input: string } | null {
  const found = [...types.values()].flatMap((type) => {
    const input = type.inputs.find(({ choices }) => choices?.includes(name));
    return input && !type.deprecated ? [{ type, input: input.name, rank: (type.name === USUAL[kind] ? -200 : 0) + (type.category === "loaders" ? 0 : 100) + type.inputs.length }] : [];
  });
  return found.sort((one, other) => one.rank - other.rank)[0] ?? null;
}
