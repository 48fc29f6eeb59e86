import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { useText } from "../../i18n";
import { IDLE, progressOf } from "../../model/run";
import { tabOfJob } from "../session";

const NOTHING = createStore(() => IDLE);

/** How far a job of an open workflow is. */
export function JobProgress({ job }: { job: string }) {
  const t = useText();
  const state = useStore(tabOfJob(job)?.run ?? NOTHING);
  if (state.job !== job) return <span className="small muted">{t("queue.runningNow")}</span>;
  const { done, total, share } = progressOf(state);
  return (
    <>
      <span className="small muted">{t("run.nodes", { done, total })}</span>
      <div className="progress" role="progressbar" aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100} aria-label={t("run.progress")}>
        <span style={{ width: `${share * 100}%` }} />
      </div>
    </>
  );
}
