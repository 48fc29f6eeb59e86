import type { AddedKind } from "../view/scripted";

/** Where a widget's value is kept. */
export interface Keeper {
  get: () => unknown;
  set: (value: unknown) => void;
}

interface WidgetOptions {
  values?: unknown;
  serialize?: boolean;
  getValue?: () => unknown;
  setValue?: (value: unknown) => void;
  [key: string]: unknown;
}

/** A widget of a node, as scripts of packs see it. Setting `value` calls no callback; what people do calls it. */
export class ScriptWidget {
  label: string | undefined;
  callback: ((value: unknown, ...rest: unknown[]) => unknown) | undefined;
  /** Gives what the server gets instead of the value. */
  serializeValue: ((node: unknown, place: number) => unknown) | undefined;
  beforeQueued: (() => unknown) | undefined;
  afterQueued: (() => unknown) | undefined;
  onRemove: (() => unknown) | undefined;
  element: HTMLElement | null = null;
  /** The value that scripts and callbacks know already. */
  known: unknown;

  constructor(readonly name: string, readonly type: string, readonly options: WidgetOptions, private readonly keeper: Keeper) {
    this.known = keeper.get();
  }

  get value(): unknown {
    return this.keeper.get();
  }

  set value(value: unknown) {
    this.known = value;
    this.keeper.set(value);
  }

  get choices(): string[] {
    const values = typeof this.options.values === "function" ? (this.options.values as () => unknown)() : this.options.values;
    return Array.isArray(values) ? values.map(String) : [];
  }

  get kind(): AddedKind {
    if (this.element) return "element";
    switch (this.type) {
      case "button": case "combo": case "toggle":
        return this.type;
      case "number": case "slider":
        return "number";
      default:
        return "text";
    }
  }
}

/** A value that no file keeps. */
export function looseKeeper(value: unknown): Keeper {
  let held = value;
  return { get: () => held, set: (next) => (held = next) };
}
