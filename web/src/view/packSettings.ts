import { create } from "zustand";
import { api } from "../api/client";

/** A setting that a pack's script declares. */
export interface PackSetting {
  id: string;
  name: string;
  /** `boolean`, `number`, `slider`, `combo`, `text`. */
  type?: unknown;
  defaultValue?: unknown;
  /** Of a combo: texts, or pairs of `text` and `value`. */
  options?: unknown;
  tooltip?: string;
  onChange?: (value: unknown, before?: unknown) => unknown;
}

interface PackSettings {
  all: readonly PackSetting[];
  values: Readonly<Record<string, unknown>>;
}

export const usePackSettings = create<PackSettings>()(() => ({ all: [], values: {} }));

/** Asks the server for what was chosen before; offline, the defaults hold. */
export async function loadPackSettings(): Promise<void> {
  const values = await api.settings().catch(() => ({}));
  usePackSettings.setState({ values });
}

export function packSetting(id: string, otherwise?: unknown): unknown {
  const { all, values } = usePackSettings.getState();
  return values[id] ?? all.find((setting) => setting.id === id)?.defaultValue ?? otherwise;
}

/** Takes a setting in, and tells its script the value that holds. */
export function addPackSetting(setting: PackSetting): void {
  usePackSettings.setState(({ all }) => ({ all: [...all.filter(({ id }) => id !== setting.id), setting] }));
  setting.onChange?.(packSetting(setting.id));
}

export async function changePackSetting(id: string, value: unknown): Promise<void> {
  const before = packSetting(id);
  usePackSettings.setState(({ values }) => ({ values: { ...values, [id]: value } }));
  usePackSettings.getState().all.find((setting) => setting.id === id)?.onChange?.(value, before);
  await api.setSetting(id, value);
}
