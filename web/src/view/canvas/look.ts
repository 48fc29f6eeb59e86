/** Colours of types and categories, as the tokens name them. */

import { BLUEPRINTS } from "../../model/kinds";
import { hueOf, isWild } from "../../model/types";

const CATEGORIES: Record<string, string> = {
  loaders: "loaders", advanced: "loaders", conditioning: "conditioning", sampling: "sampling", latent: "latent", image: "image", mask: "mask",
  utils: "utils", text: "utils", logic: "utils", math: "utils", lists: "utils", subgraphs: "utils", [BLUEPRINTS.toLowerCase()]: "utils",
};

export function categoryColour(category: string): string {
  return `var(--category-${CATEGORIES[category.split("/")[0]?.toLowerCase() ?? ""] ?? "other"})`;
}

/** The colour of a type's sockets and wires; types without one of their own get a hue of their name. */
export function typeColour(type: string): string {
  if (isWild(type)) return "var(--type-any)";
  const first = type.split(",")[0]?.trim() ?? type;
  return `var(--type-${first.replace(/[^A-Za-z0-9_-]/g, "_")}, hsl(${hueOf(first)} 55% var(--type-light)))`;
}
