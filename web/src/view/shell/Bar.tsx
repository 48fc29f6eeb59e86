import { useText } from "../../i18n";
import { RunControls } from "./RunControls";
import { Tabs } from "./Tabs";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";
import { showPanel, usePanels } from "../panels";
import { useProblems } from "../problems";
import { runAction } from "../actions";
import "./Bar.css";

/** Above: the open workflows, and running. */
export function Bar() {
  const t = useText();
  const { inspector, problems } = usePanels();
  const count = useProblems().length;
  return (
    <header className="bar" aria-label={t("shell.bar")}>
      <button type="button" className="icon-button logo" aria-label={t("palette.title")} title={`${t("palette.title")} (Ctrl K)`} onClick={() => showPanel({ dialog: "palette" })}>
        <img src="/icon.svg" alt="" width={24} height={24} />
      </button>
      <Tabs />
      <span className="spacer" />
      <IconButton icon="save" label={t("files.save")} className="wide-only" onClick={() => runAction("files.save")} />
      <button
        type="button"
        className={`icon-button bar-problems wide-only ${count > 0 ? "bad" : ""}`}
        aria-pressed={problems}
        aria-label={t("problems.count", { count })}
        title={t("problems.count", { count })}
        onClick={() => showPanel({ problems: !problems })}
      >
        <Icon name="warning" />
        {count > 0 && count}
      </button>
      <IconButton icon="inspector" label={t("shell.inspector")} className="wide-only" aria-pressed={inspector} onClick={() => showPanel({ inspector: !inspector })} />
      <RunControls />
    </header>
  );
}
