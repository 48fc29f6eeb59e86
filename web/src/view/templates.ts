import { api } from "../api/client";
import type { JsonObject } from "../api/wire";
import { readFile } from "./files";
import { attempt } from "./notify";
import { freeTitle } from "./opening";
import { openTab, useSession } from "./session";

/** A workflow to begin from. `boxes` are its nodes as [x, y, width, height]. */
export interface Template {
  id: string;
  title: string;
  description: string;
  picture: string | null;
  boxes: readonly [number, number, number, number][];
  load: () => Promise<string | JsonObject>;
}

/** An entry of `/templates/index.json`, which the build makes from the folder `workflows/`. */
interface Shipped {
  name: string;
  title: string;
  description: string;
  picture: boolean;
  boxes: [number, number, number, number][];
}

export const FIRST = "txt2img";

let shipped: Promise<Template[]> | undefined;

export async function loadTemplates(): Promise<Template[]> {
  shipped ??= loadShipped();
  const [own, others] = await Promise.all([shipped.catch(() => []), ofPacks().catch(() => [])]);
  return [...own, ...others];
}

async function loadShipped(): Promise<Template[]> {
  const entries = (await (await fetch("/templates/index.json")).json()) as Shipped[];
  return entries.map(({ name, title, description, picture, boxes }) => ({
    id: name,
    title,
    description,
    boxes,
    picture: picture ? `/templates/${name}.webp` : null,
    load: async () => (await fetch(`/templates/${name}.json`)).text(),
  }));
}

async function ofPacks(): Promise<Template[]> {
  const packs = await api.packTemplates();
  return Object.entries(packs).flatMap(([pack, names]) =>
    names.map((name) => ({
      id: `${pack}/${name}`,
      title: name,
      description: pack,
      boxes: [],
      picture: api.http.url(`/workflow_templates/${encodeURIComponent(pack)}/${encodeURIComponent(name)}.jpg`),
      load: async () => (await readFile(await (await api.packTemplate(pack, `${name}.json`)).blob(), `${name}.json`)).workflow,
    })),
  );
}

export async function openTemplate(template: Template): Promise<void> {
  await attempt(async () => {
    openTab(await template.load(), { title: freeTitle(template.title) });
  });
}

/** The first visit: the canvas holds a workflow that is ready to run. */
export async function openFirst(): Promise<void> {
  const first = (await loadTemplates()).find((template) => template.id === FIRST);
  if (first) await openTemplate(first);
  useSession.setState({ isFresh: true });
}
