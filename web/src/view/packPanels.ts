import { create } from "zustand";

/** A panel of a pack's script, beside the editor's own drawers. */
export interface PackPanel {
  id: string;
  title: string;
  /** Fills the panel when it opens. */
  render: (element: HTMLElement) => unknown;
  /** Tidies up when it closes. */
  destroy?: () => unknown;
}

export const usePackPanels = create<{ panels: readonly PackPanel[] }>()(() => ({ panels: [] }));

/** Takes a panel in; one of the same id is replaced. */
export function addPackPanel(panel: PackPanel): void {
  usePackPanels.setState(({ panels }) => ({ panels: [...panels.filter(({ id }) => id !== panel.id), panel] }));
}
