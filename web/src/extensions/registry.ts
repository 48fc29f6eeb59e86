/** What a pack's script hands to `app.registerExtension`, as far as the editor uses it. */
export interface Extension {
  name: string;
  init?: (app: unknown) => unknown;
  setup?: (app: unknown) => unknown;
  /** Told of every node type with its declaration, which it may change, before the editor reads it. */
  beforeRegisterNodeDef?: (nodeType: unknown, nodeData: Record<string, unknown>, app: unknown) => unknown;
  addCustomNodeDefs?: (definitions: Record<string, unknown>, app: unknown) => unknown;
  commands?: { id: string; label?: string; function: () => unknown }[];
  keybindings?: { commandId: string; combo: { key: string; ctrl?: boolean; shift?: boolean; alt?: boolean } }[];
}

const extensions = new Map<string, Extension>();

/** Takes an extension in. Two of one name are a mistake of theirs, and said so. */
export function addExtension(extension: Extension): void {
  if (extensions.has(extension.name)) throw new Error(`There is an extension '${extension.name}' already.`);
  extensions.set(extension.name, extension);
}

export function allExtensions(): readonly Extension[] {
  return [...extensions.values()];
}

/** Runs a hook of every extension; one that fails is reported, and stops nobody else. */
export async function callEach(name: string, call: (extension: Extension) => unknown, report: (sentence: string) => void): Promise<void> {
  for (const extension of extensions.values()) {
    try {
      await call(extension);
    } catch (error) {
      report(`${extension.name}: ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
