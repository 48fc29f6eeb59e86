import { useStore } from "zustand";
import { useText } from "../../i18n";
import { goTo } from "../going";
import type { Tab } from "../session";

/** The run of a workflow: each node with what became of it; a click goes there. */
export function RunSummary({ tab }: { tab: Tab }) {
  const t = useText();
  const run = useStore(tab.run);
  const nodes = [...run.nodes].flatMap(([id, { phase, took }]) => (phase === "idle" ? [] : [{ id, phase, took }]));
  if (nodes.length === 0) return <p className="empty">{t("inspector.nothing")}</p>;
  return (
    <ul className="list" aria-label={t("inspector.run")}>
      {nodes.map(({ id, phase, took }) => (
        <li key={id}>
          <button type="button" className="run-row" onClick={() => goTo(id)}>
            <span className="clip">{tab.workflow.titleOf(id)}</span>
            <span className={`small ${phase === "failed" ? "bad" : "muted"}`}>
              {phase === "done" && took !== null ? `${(took / 1000).toFixed(2)} s` : t(`inspector.phases.${phase}`)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
