import type { ServerEvent } from "../api/wire";

type Listener = (event: ServerEvent) => void;
const listeners = new Set<Listener>();

/** Hands every message of the server to those who asked, such as scripts of packs. */
export function emitServerEvent(event: ServerEvent): void {
  for (const listener of listeners) listener(event);
}

export function onServerEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
