import { create } from "zustand";
import type { FileRef, JsonObject } from "../api/wire";

export const DRAWERS = ["nodes", "workflows", "queue", "gallery", "models"] as const;
export type Drawer = (typeof DRAWERS)[number];
/** The drawer of a panel that a pack's script brought, by its id. */
export type PackDrawer = `pack:${string}`;
export type Dialog = "palette" | "keys" | "settings" | "missing" | "save" | "publish";

/** A picture, film or sound that is looked at full screen. */
export interface Shown {
  file: FileRef;
  job: string | null;
}

interface Panels {
  drawer: Drawer | PackDrawer | null;
  inspector: boolean;
  problems: boolean;
  dialog: Dialog | null;
  viewer: { files: readonly Shown[]; at: number; beside: Shown | null } | null;
  diff: { title: string; before: JsonObject; after: JsonObject } | null;
}

export const usePanels = create<Panels>()(() => ({
  drawer: null,
  inspector: false,
  problems: false,
  dialog: null,
  viewer: null,
  diff: null,
}));

export const showPanel = usePanels.setState;

export function toggleDrawer(drawer: Drawer | PackDrawer): void {
  usePanels.setState((state) => ({ drawer: state.drawer === drawer ? null : drawer }));
}

/** Closes what lies on top; false if nothing does. */
export function closeTop(): boolean {
  const state = usePanels.getState();
  if (state.dialog) usePanels.setState({ dialog: null });
  else if (state.viewer) usePanels.setState({ viewer: null });
  else if (state.diff) usePanels.setState({ diff: null });
  else if (state.problems) usePanels.setState({ problems: false });
  else return false;
  return true;
}
