/** Which wire fits which socket, and in which words it does not. */

const parts = (type: string): string[] => type.toUpperCase().split(",").map((part) => part.trim());

export const isWild = (type: string): boolean => type === "*" || type === "" || type === "0" || type === "-1";

/** Whether an output of type `from` may feed an input of type `to`: wildcards fit all, unions by any shared type. */
export function fits(from: string, to: string): boolean {
  if (from === to || isWild(from) || isWild(to)) return true;
  const wanted = new Set(parts(to));
  return parts(from).some((part) => part === "*" || wanted.has(part)) || wanted.has("*");
}

/** A type as people read it: `CONDITIONING,LATENT` is `conditioning or latent`. */
export function typeLabel(type: string): string {
  return isWild(type) ? "anything" : parts(type).map((part) => part.toLowerCase().replaceAll("_", " ")).join(" or ");
}

export const TYPE_NAMES = [
  "MODEL", "CLIP", "VAE", "CONDITIONING", "LATENT", "IMAGE", "MASK", "INT", "FLOAT", "STRING", "BOOLEAN", "COMBO",
  "CONTROL_NET", "CLIP_VISION", "CLIP_VISION_OUTPUT", "STYLE_MODEL", "UPSCALE_MODEL", "SAMPLER", "SIGMAS", "GUIDER", "NOISE", "AUDIO", "VIDEO",
] as const;

/** A hue for a type that has no colour of its own: the same for the same name, in every session. */
export function hueOf(type: string): number {
  let sum = 7;
  for (const sign of type) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 360;
  return sum;
}
