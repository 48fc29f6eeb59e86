import { create } from "zustand";

/** How often Run queues the workflow. */
export const useBatch = create<{ count: number; set: (count: number) => void }>()((set) => ({
  count: 1,
  set: (count) => set({ count }),
}));
