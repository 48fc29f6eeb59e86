import "./App.css";
import { t } from "../i18n";

/** The frame: bar above, rail left, canvas, inspector right. */
export function App() {
  return (
    <div className="app">
      <header aria-label={t("shell.bar")} />
      <nav aria-label={t("shell.rail")} />
      <main aria-label={t("shell.canvas")} />
    </div>
  );
}
