import { expect, test } from "vitest";
import { readCatalogue } from "../model/catalogue";
import { loaderOf } from "./models";

const entry = (category: string, required: object, more: object = {}) => ({ input: { required }, output: ["MODEL"], category, ...more });

test("a model file is loaded by the usual node, else by the simplest loader that names it", () => {
  const catalogue = readCatalogue({
    Advanced: entry("advanced/loaders", { ckpt_name: [["a.safetensors"]] }),
    WithConfig: entry("loaders", { config: [["x.yaml"]], ckpt_name: [["a.safetensors"]] }),
    Simple: entry("loaders", { ckpt_name: [["a.safetensors"]] }),
    Old: entry("loaders", { ckpt_name: [["b.safetensors"]] }, { deprecated: true }),
  });
  expect(loaderOf({ kind: "mine", name: "a.safetensors" }, catalogue)).toMatchObject({ type: { name: "Simple" }, input: "ckpt_name" });
  const usual = readCatalogue({ VAELoader: entry("other", { vae_name: [["v.safetensors"]], more: ["INT"] }), Bare: entry("loaders", { vae_name: [["v.safetensors"]] }) });
  expect(loaderOf({ kind: "vae", name: "v.safetensors" }, usual)?.type.name).toBe("VAELoader");
  expect(loaderOf({ kind: "mine", name: "b.safetensors" }, catalogue)).toBeNull();
});
