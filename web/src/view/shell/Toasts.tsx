import { useText } from "../../i18n";
import { useToasts } from "../notify";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";
import "./Toasts.css";

const ICONS = { info: "info", good: "check", bad: "warning" } as const;

export function Toasts() {
  const t = useText();
  const { toasts, dismiss } = useToasts();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast ${toast.kind}`}>
          <Icon name={ICONS[toast.kind]} />
          <span className="toast-text">{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              className="button"
              onClick={() => {
                toast.action?.run();
                dismiss(toast.id);
              }}
            >
              {toast.action.label}
            </button>
          )}
          <IconButton icon="close" size={14} label={t("shell.close")} onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}
