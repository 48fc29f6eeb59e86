import { create } from "zustand";

export interface Toast {
  id: number;
  kind: "info" | "good" | "bad";
  text: string;
  action?: { label: string; run: () => void };
}

const SECONDS = { info: 5, good: 4, bad: 12 };

interface Toasts {
  toasts: readonly Toast[];
  dismiss: (id: number) => void;
}

export const useToasts = create<Toasts>()((set) => ({
  toasts: [],
  dismiss: (id) => set((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) })),
}));

let count = 0;

/** Says something in the corner, for a few seconds; what says the same is replaced. */
export function notify(toast: Omit<Toast, "id">): void {
  const id = ++count;
  useToasts.setState((state) => ({
    toasts: [...state.toasts.filter((other) => other.text !== toast.text).slice(-3), { ...toast, id }],
  }));
  setTimeout(() => useToasts.getState().dismiss(id), SECONDS[toast.kind] * 1000);
}

/** Runs something that may fail; the failure's sentence is shown. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    notify({ kind: "bad", text: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}
