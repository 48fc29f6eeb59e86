/** Workflows of many nodes: chains of txt2img side by side. */

type Input = [name: string, type: string, from?: [node: number, slot: number]];

const CHAIN: { type: string; at: [number, number]; size: [number, number]; inputs: Input[]; outputs: string[]; values: (string | number)[] }[] = [
  { type: "CheckpointLoaderSimple", at: [0, 0], size: [270, 100], inputs: [], outputs: ["MODEL", "CLIP", "VAE"], values: ["sd15_tiny.safetensors"] },
  { type: "LoraLoader", at: [300, 0], size: [270, 130], inputs: [["model", "MODEL", [0, 0]], ["clip", "CLIP", [0, 1]]], outputs: ["MODEL", "CLIP"], values: ["none.safetensors", 1, 1] },
  { type: "CLIPTextEncode", at: [600, 0], size: [320, 160], inputs: [["clip", "CLIP", [1, 1]]], outputs: ["CONDITIONING"], values: ["a red circle on a blue background"] },
  { type: "CLIPTextEncode", at: [600, 200], size: [320, 160], inputs: [["clip", "CLIP", [1, 1]]], outputs: ["CONDITIONING"], values: ["blurry"] },
  { type: "EmptyLatentImage", at: [300, 200], size: [270, 110], inputs: [], outputs: ["LATENT"], values: [64, 64, 1] },
  {
    type: "KSampler", at: [950, 0], size: [270, 270], outputs: ["LATENT"], values: [7, "fixed", 2, 7, "euler", "normal", 1],
    inputs: [["model", "MODEL", [1, 0]], ["positive", "CONDITIONING", [2, 0]], ["negative", "CONDITIONING", [3, 0]], ["latent_image", "LATENT", [4, 0]]],
  },
  { type: "VAEDecode", at: [1250, 0], size: [210, 60], inputs: [["samples", "LATENT", [5, 0]], ["vae", "VAE", [0, 2]]], outputs: ["IMAGE"], values: [] },
  { type: "SaveImage", at: [1250, 120], size: [270, 250], inputs: [["images", "IMAGE", [6, 0]]], outputs: [], values: ["many"] },
];
const [WIDE, HIGH] = [1600, 460];

/** A workflow file of about so many nodes; 11 wires for 8 nodes. */
export function chains(count: number): string {
  const rows = Math.ceil(count / CHAIN.length);
  const columns = Math.ceil(Math.sqrt(rows / 3));
  const [nodes, links]: [object[], (string | number)[][]] = [[], []];
  for (let row = 0; row < rows; row++) {
    const first = row * CHAIN.length + 1;
    const taken = new Map<string, number[]>();
    const wires = CHAIN.map(({ inputs }, at) => inputs.map(([, type, from], slot) => {
      if (!from) return null;
      const id = links.length + 1;
      links.push([id, first + from[0], from[1], first + at, slot, type]);
      taken.set(from.join(), [...(taken.get(from.join()) ?? []), id]);
      return id;
    }));
    CHAIN.forEach(({ type, at, size, inputs, outputs, values }, place) => nodes.push({
      id: first + place, type, pos: [at[0] + (row % columns) * WIDE, at[1] + Math.floor(row / columns) * HIGH], size, flags: {}, order: place, mode: 0,
      inputs: inputs.map(([name, type], slot) => ({ name, type, link: wires[place]?.[slot] ?? null })),
      outputs: outputs.map((name, slot) => ({ name, type: name, links: taken.get(`${place},${slot}`) ?? [] })),
      properties: {}, widgets_values: values,
    }));
  }
  return JSON.stringify({ id: "many", revision: 0, last_node_id: nodes.length, last_link_id: links.length, nodes, links, groups: [], config: {}, extra: {}, version: 0.4 });
}
