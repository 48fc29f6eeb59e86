import { create } from "zustand";

export type MenuTarget = { kind: "node"; id: string } | { kind: "group"; at: number } | { kind: "wire"; link: number } | { kind: "canvas" };

export interface MenuPlace {
  x: number;
  y: number;
  target: MenuTarget;
}

export const useMenu = create<{ place: MenuPlace | null }>()(() => ({ place: null }));
export const openMenu = (place: MenuPlace): void => useMenu.setState({ place });
export const closeMenu = (): void => useMenu.setState({ place: null });
