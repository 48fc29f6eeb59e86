import { useEffect, useRef, type ReactNode } from "react";
import { useText } from "../../i18n";
import { IconButton } from "./IconButton";
import "./Dialog.css";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** A class for its size: `wide`, `palette`, `full`. */
  kind?: string;
  bare?: boolean;
}

/** A modal dialog by the browser's own element: it keeps the focus, and gives it back. Esc or a click beside it closes. What has `data-first` gets the keyboard. */
export function Dialog({ title, onClose, children, kind = "", bare = false }: Props) {
  const t = useText();
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    // The browser takes the first button, which closes. The keyboard belongs to the field that is to be filled in (React's
    // autoFocus comes before the dialog is shown, and does nothing), else to the content, which is read and scrolled.
    (dialog?.querySelector<HTMLElement>("[data-first]") ?? dialog?.querySelector<HTMLElement>(".dialog-body"))?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={`dialog ${kind}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      {!bare && (
        <header className="dialog-head">
          <h2>{title}</h2>
          <IconButton icon="close" label={t("shell.close")} onClick={onClose} />
        </header>
      )}
      <div className="dialog-body" tabIndex={0}>{children}</div>
    </dialog>
  );
}
