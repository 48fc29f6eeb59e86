import { useText } from "../../i18n";
import { hasDetails } from "../../model/run";
import { goTo } from "../going";
import { showPanel, usePanels } from "../panels";
import { useProblems } from "../problems";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";
import "./ProblemsPanel.css";

/** Every finding of the last run, as an editor for programs lists them; a click goes to the node. */
export function ProblemsPanel() {
  const t = useText();
  const isOpen = usePanels((panels) => panels.problems);
  const problems = useProblems();
  if (!isOpen) return null;
  return (
    <section className="problems" aria-label={t("problems.title")}>
      <header className="drawer-head">
        <h2>{t("problems.count", { count: problems.length })}</h2>
        <IconButton icon="close" label={t("shell.close")} onClick={() => showPanel({ problems: false })} />
      </header>
      {problems.length === 0 && <p className="empty">{t("problems.none")}</p>}
      <ul className="list">
        {problems.map((problem, at) => (
          <li key={at}>
            <button type="button" className="problem" onClick={() => goTo(problem.node)}>
              <Icon name="warning" size={16} />
              <span className="problem-text">
                <strong>{problem.title}</strong>
                {problem.input !== null && <span className="muted"> › {problem.input}</span>}
                <span className="problem-message">
                  {problem.message} {hasDetails(problem) && <span className="muted">{problem.details}</span>}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
