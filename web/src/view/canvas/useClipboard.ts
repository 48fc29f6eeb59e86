import { useEffect } from "react";
import type { Editor } from "../../commands";
import { middle } from "./handle";

/** Copy, cut and paste by the browser's own events, so that other tabs and programs take part. */
export function useClipboard(editor: Editor): void {
  useEffect(() => {
    const copy = (event: ClipboardEvent) => {
      if (isElsewhere(event)) return;
      const texts = event.type === "cut" ? editor.commands.cut() : editor.commands.copy();
      if (!texts || !event.clipboardData) return;
      event.clipboardData.setData("text/plain", texts.plain);
      event.clipboardData.setData("text/html", texts.html);
      event.preventDefault();
    };
    const paste = (event: ClipboardEvent) => {
      const data = event.clipboardData;
      if (isElsewhere(event) || !data || data.files.length > 0) return;
      if (editor.commands.paste({ plain: data.getData("text/plain"), html: data.getData("text/html") }, middle().graph, isShiftHeld)) event.preventDefault();
    };
    let isShiftHeld = false;
    const shift = (event: KeyboardEvent) => (isShiftHeld = event.shiftKey);
    window.addEventListener("keydown", shift, true);
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    return () => {
      window.removeEventListener("keydown", shift, true);
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
    };
  }, [editor]);
}

/** Whether a field, a dialog or marked text is meant. */
function isElsewhere({ target }: Event): boolean {
  if (target instanceof Element && target.closest("input, textarea, [contenteditable], [role=dialog]")) return true;
  return (getSelection()?.toString() ?? "") !== "";
}
