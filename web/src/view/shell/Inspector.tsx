import { useSyncExternalStore } from "react";
import { useText } from "../../i18n";
import { showPanel, usePanels } from "../panels";
import { useActiveTab, useSession, type Tab } from "../session";
import { IconButton } from "./IconButton";
import { NodeHelp } from "./NodeHelp";
import { RunSummary } from "./RunSummary";
import "./Inspector.css";

/** What is selected: a node's help and its run, or the run as a whole. */
export function Inspector() {
  const t = useText();
  const isOpen = usePanels((panels) => panels.inspector);
  const tab = useActiveTab();
  if (!isOpen) return null;
  return (
    <aside className="inspector" aria-label={t("shell.inspector")}>
      <header className="drawer-head">
        <h2>{t("shell.inspector")}</h2>
        <IconButton icon="close" label={t("shell.close")} onClick={() => showPanel({ inspector: false })} />
      </header>
      {tab ? <Selected key={tab.id} tab={tab} /> : <p className="empty">{t("inspector.nothing")}</p>}
    </aside>
  );
}

function Selected({ tab }: { tab: Tab }) {
  const id = useSyncExternalStore(tab.workflow.subscribe, () => tab.workflow.selection()[0] ?? null);
  const info = useSession((session) => session.info);
  return <div className="drawer-scroll" tabIndex={0}>{id === null ? <RunSummary tab={tab} /> : <NodeHelp tab={tab} id={id} declaration={info?.[tab.workflow.typeOf(id)]} />}</div>;
}
