import { create } from "zustand";
import type { Joint } from "../../commands/nodes";

/** Where the search for nodes is open, on the screen; with the wire that the node is for. */
export interface SearchPlace {
  x: number;
  y: number;
  joint: Joint | null;
  /** Whether the node goes where there is room, not where the search is open. */
  isFree?: boolean;
}

export const useSearch = create<{ place: SearchPlace | null }>()(() => ({ place: null }));

export function openSearch(place: SearchPlace): void {
  useSearch.setState({ place });
}

export function closeSearch(): void {
  useSearch.setState({ place: null });
}

const KEY = "graphcore.recent";
const KEPT = 12;

export function recentNodes(): string[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]") as string[];
  } catch {
    return []; // a comfort only
  }
}

export function rememberNode(name: string): void {
  localStorage.setItem(KEY, JSON.stringify([name, ...recentNodes().filter((each) => each !== name)].slice(0, KEPT)));
}
