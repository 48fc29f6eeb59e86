import { create } from "zustand";

/** Something that can be done by a key, from the palette or from a menu. */
export interface Action {
  id: string;
  /** Asked each time it is shown, so that it follows the language. */
  title: () => string;
  /** A heading of the key sheet. */
  group: "run" | "edit" | "view" | "files" | "extensions";
  /** Such as `ctrl+shift+Enter`; `ctrl` is cmd on a Mac. Several for one action are allowed. */
  keys?: readonly string[];
  when?: () => boolean;
  /** Whether its keys work while a text is being typed. */
  inText?: boolean;
  run: () => void;
}

interface Actions {
  all: ReadonlyMap<string, Action>;
}

export const useActions = create<Actions>()(() => ({ all: new Map() }));

/** Adds actions, or replaces those of the same id. Gives what takes them away again. */
export function registerActions(actions: readonly Action[]): () => void {
  useActions.setState(({ all }) => ({ all: new Map([...all, ...actions.map((action) => [action.id, action] as const)]) }));
  return () => useActions.setState(({ all }) => ({ all: new Map([...all].filter(([, action]) => !actions.includes(action))) }));
}

export function runAction(id: string): void {
  const action = useActions.getState().all.get(id);
  if (action && (action.when?.() ?? true)) action.run();
}

/** The key of an event in the spelling of `Action.keys`. */
export function keyOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">): string {
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isSign = event.key.length === 1 && !/[a-z0-9 ]/i.test(event.key); // `?` is typed with shift on most keyboards
  return [
    event.ctrlKey || event.metaKey ? "ctrl+" : "",
    event.altKey ? "alt+" : "",
    event.shiftKey && !isSign ? "shift+" : "",
    name === " " ? "Space" : name,
  ].join("");
}

/** The action that a key event means now, if any. */
export function actionFor(event: KeyboardEvent, all: ReadonlyMap<string, Action> = useActions.getState().all): Action | undefined {
  const key = keyOf(event);
  if (isPressing(event)) return undefined;
  const typing = isTyping(event.target) || document.querySelector("dialog[open]") !== null;
  const found = [...all.values()].filter((action) => action.keys?.includes(key) && (!typing || action.inText));
  return found.find((action) => action.when?.() ?? true);
}

/** Whether the key presses the button, or opens the part, that has the focus. */
function isPressing(event: KeyboardEvent): boolean {
  return keyOf(event) === "Enter" && event.target instanceof HTMLElement && event.target.matches("button, summary, a[href]");
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=range]), textarea, select"));
}

/** Listens for the keys of all actions. Gives what ends that. */
export function listenForKeys(target: Window = window): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const action = actionFor(event);
    if (!action) return;
    event.preventDefault();
    action.run();
  };
  target.addEventListener("keydown", listen);
  return () => target.removeEventListener("keydown", listen);
}

const MAC: Record<string, string> = { ctrl: "⌘", shift: "⇧", alt: "⌥", Enter: "↵" };
const NAMES: Record<string, string> = { ctrl: "Ctrl", shift: "Shift", alt: "Alt", Escape: "Esc", Delete: "Del", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

/** A key as people write it: `Ctrl + K`. */
export function keyLabel(key: string, isMac = typeof navigator !== "undefined" && navigator.platform.startsWith("Mac")): string[] {
  return key.split(/\+(?=.)/).map((part) => (isMac ? MAC[part] : undefined) ?? NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}
