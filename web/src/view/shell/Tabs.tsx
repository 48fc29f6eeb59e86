import { useSyncExternalStore } from "react";
import { useText } from "../../i18n";
import { askToClose } from "../saving";
import { isDirty, showTab, useSession, type Tab } from "../session";
import { newWorkflow } from "../opening";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";

export function Tabs() {
  const t = useText();
  const { tabs, active } = useSession();
  const step = (by: number) => {
    const at = tabs.findIndex((tab) => tab.id === active);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (next) showTab(next.id);
  };
  const keys = (event: React.KeyboardEvent) => {
    if (event.key === "ArrowRight") step(1);
    if (event.key === "ArrowLeft") step(-1);
    const tab = tabs.find((each) => each.id === active);
    if (event.key === "Delete" && tab) askToClose(tab);
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={t("shell.tabs")} onKeyDown={keys}>
        {tabs.map((tab) => (
          <TabButton key={tab.id} tab={tab} isActive={tab.id === active} />
        ))}
      </div>
      <IconButton icon="plus" size={16} label={t("files.new")} onClick={() => newWorkflow()} />
    </>
  );
}

function TabButton({ tab, isActive }: { tab: Tab; isActive: boolean }) {
  const t = useText();
  const dirty = useSyncExternalStore(tab.workflow.subscribe, () => isDirty(tab));
  return (
    <div role="presentation" className={`tab ${isActive ? "active" : ""}`} onAuxClick={(event) => event.button === 1 && askToClose(tab)}>
      <button
        type="button"
        role="tab"
        aria-selected={isActive}
        tabIndex={isActive ? 0 : -1}
        className={`tab-name clip ${dirty ? "tab-dirty" : ""}`}
        title={dirty ? t("files.unsaved", { title: tab.title }) : tab.title}
        onClick={() => showTab(tab.id)}
      >
        {tab.title}
      </button>
      {/* For pointers only: a list of tabs may hold nothing but tabs. Keys close by Delete, or Alt W. */}
      <span className="icon-button" aria-hidden="true" title={t("files.close", { title: tab.title })} onClick={() => askToClose(tab)}>
        <Icon name="close" size={12} />
      </span>
    </div>
  );
}
