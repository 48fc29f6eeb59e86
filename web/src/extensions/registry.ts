/** What a pack's script hands to `app.registerExtension`, as far as the editor uses it. */
export interface Extension {
  name: string;
  init?: (app: unknown) => unknown;
  setup?: (app: unknown) => unknown;
  addCustomNodeDefs?: (definitions: Record<string, unknown>, app: unknown) => unknown;
  /** Asked when it is registered: widgets for inputs of the pack's own types. */
  getCustomWidgets?: (app: unknown) => unknown;
  /** Told of every node type with its declaration, which it may change, before the editor reads it. */
  beforeRegisterNodeDef?: (nodeType: unknown, nodeData: Record<string, unknown>, app: unknown) => unknown;
  registerCustomNodes?: (app: unknown) => unknown;
  nodeCreated?: (node: unknown, app: unknown) => unknown;
  loadedGraphNode?: (node: unknown, app: unknown) => unknown;
  beforeConfigureGraph?: (workflow: unknown, missing: readonly string[], app: unknown) => unknown;
  afterConfigureGraph?: (missing: readonly string[], app: unknown) => unknown;
  refreshComboInNodes?: (definitions: Record<string, unknown>, app: unknown) => unknown;
  getNodeMenuItems?: (node: unknown) => unknown;
  commands?: { id: string; label?: string; function: () => unknown }[];
  keybindings?: { commandId: string; combo: { key: string; ctrl?: boolean; shift?: boolean; alt?: boolean } }[];
  settings?: unknown[];
}

type Report = (sentence: string) => void;

const extensions = new Map<string, Extension>();
let report: Report = () => undefined;

/** Where the mistakes of scripts are told. */
export function reportTo(listener: Report): void {
  report = listener;
}

/** Takes an extension in. Two of one name are a mistake of theirs, and said so. */
export function addExtension(extension: Extension): void {
  if (extensions.has(extension.name)) throw new Error(`There is an extension '${extension.name}' already.`);
  extensions.set(extension.name, extension);
}

export function allExtensions(): readonly Extension[] {
  return [...extensions.values()];
}

/** Reports a mistake of a script. */
export function tell(where: string, error: unknown): void {
  report(`${where}: ${error instanceof Error ? error.message : String(error)}`);
}

/** Runs a callback of a script; a mistake in it is reported, and stops nobody else. */
export function safely(where: string, call: () => unknown): void {
  try {
    const done = call();
    if (done instanceof Promise) done.catch((error: unknown) => tell(where, error));
  } catch (error) {
    tell(where, error);
  }
}

/** Runs a hook of every extension at once. */
export function callEach(name: string, call: (extension: Extension) => unknown): void {
  for (const extension of extensions.values()) safely(`${extension.name}: ${name}`, () => call(extension));
}

/** Runs a hook of every extension, one after the other has come to its end. */
export async function callInTurn(name: string, call: (extension: Extension) => unknown): Promise<void> {
  for (const extension of extensions.values()) {
    try {
      await call(extension);
    } catch (error) {
      tell(`${extension.name}: ${name}`, error);
    }
  }
}
