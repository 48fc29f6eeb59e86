import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { useText } from "../../i18n";
import { IDLE, progressOf, type NodeRun, type RunState } from "../../model/run";
import { useJobs } from "../jobs";
import { runActive, stopActive } from "../running";
import { useActiveTab } from "../session";
import { useBatch } from "../batch";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";

const NOTHING = createStore(() => IDLE);
const MOST = 100;

export function RunControls() {
  const t = useText();
  const tab = useActiveTab();
  const state = useStore(tab?.run ?? NOTHING);
  const isOpen = useJobs((jobs) => jobs.open.length > 0);
  const { count, set } = useBatch();
  const isRunning = state.phase === "running" || state.phase === "queued";
  return (
    <div className="run-controls">
      {isRunning && <RunStatus state={state} />}
      <input
        className="field run-count wide-only"
        type="number"
        min={1}
        max={MOST}
        value={count}
        aria-label={t("run.count")}
        title={t("run.count")}
        onChange={(event) => set(Math.max(1, Math.min(MOST, Math.round(event.target.valueAsNumber) || 1)))}
      />
      <button type="button" className="button primary run-button" disabled={!tab} title={t("run.runTip")} onClick={() => void runActive({ count })}>
        <Icon name="run" size={14} />
        {t("run.run")}
      </button>
      <IconButton icon="stop" size={16} label={t("run.stop")} disabled={!isRunning && !isOpen} onClick={() => void stopActive()} />
    </div>
  );
}

/** How far the run is: nodes, steps of the current one, and the seconds that are left, where they can be told. */
function RunStatus({ state }: { state: RunState }) {
  const t = useText();
  const now = useSeconds();
  const { done, total, share } = progressOf(state);
  const node = state.current === null ? undefined : state.nodes.get(state.current);
  const left = node === undefined ? null : secondsLeft(node, now);
  const parts = [
    t("run.nodes", { done, total }),
    node && node.max > 1 ? t("run.step", { value: node.value, max: node.max }) : "",
    left === null ? "" : t("run.left", { seconds: left }),
  ];
  return (
    <div className="run-status wide-only">
      <span className="clip muted">{state.phase === "queued" ? t("run.waiting") : parts.filter(Boolean).join(" · ")}</span>
      <div className="progress" role="progressbar" aria-label={t("run.progress")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}>
        <span style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}

/** Of the node that works now, in the pace of its steps so far: what other nodes will take nobody knows. */
function secondsLeft({ value, max, startedAt }: NodeRun, now: number): number | null {
  if (startedAt === null || value < 2 || value >= max) return null;
  return Math.ceil(((now - startedAt) / value / 1000) * (max - value));
}

function useSeconds(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
