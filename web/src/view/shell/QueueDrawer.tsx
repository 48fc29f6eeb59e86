import { api } from "../../api/client";
import { WAITING, type JobSummary } from "../../api/wire";
import { useText } from "../../i18n";
import { numberFor, refreshJobs, useJobs } from "../jobs";
import { attempt } from "../notify";
import { titleOfJob } from "../session";
import { IconButton } from "./IconButton";
import { JobProgress } from "./JobProgress";
import "./QueueDrawer.css";

type Verb = "cancel" | "retry" | "pause" | "resume";

async function change(id: string, verb: Verb): Promise<void> {
  await attempt(() => api.change(id, verb));
  refreshJobs();
}

async function move(waiting: readonly JobSummary[], id: string, place: number): Promise<void> {
  const number = numberFor(waiting, id, Math.max(0, Math.min(place, waiting.length - 1)));
  if (number !== null) await attempt(() => api.reorder(id, number));
  refreshJobs();
}

/** What runs and what waits: order, pause, cancel; below, what failed and can be tried again. */
export function QueueDrawer() {
  const t = useText();
  const { open, ended } = useJobs();
  const waiting = open.filter((job) => WAITING.includes(job.state));
  const running = open.filter((job) => !WAITING.includes(job.state));
  const failed = ended.filter((job) => job.state !== "succeeded").slice(0, 20);
  const clear = () => void attempt(() => api.clearQueue()).then(refreshJobs);
  return (
    <>
      {waiting.length > 0 && (
        <div className="drawer-tools">
          <span className="muted spacer">{t("queue.waiting", { count: waiting.length })}</span>
          <button type="button" className="button" onClick={clear}>
            {t("queue.clear")}
          </button>
        </div>
      )}
      <div className="drawer-scroll">
        {open.length === 0 && <p className="empty">{t("queue.empty")}</p>}
        <ul className="list" aria-label={t("queue.running")}>
          {running.map((job) => (
            <li key={job.id} className="item job">
              <span className="item-main">
                <JobName job={job} />
                <JobProgress job={job.id} />
              </span>
              <IconButton icon="stop" label={t("queue.stop")} disabled={job.state === "cancelling"} onClick={() => void change(job.id, "cancel")} />
            </li>
          ))}
        </ul>
        <ol className="list" aria-label={t("queue.next")}>
          {waiting.map((job, place) => (
            <WaitingJob key={job.id} job={job} place={place} waiting={waiting} />
          ))}
        </ol>
        {failed.length > 0 && <h3>{t("queue.failed")}</h3>}
        <ul className="list" aria-label={t("queue.failed")}>
          {failed.map((job) => (
            <li key={job.id} className="item job">
              <span className="item-main">
                <JobName job={job} />
                <span className={`small job-error ${job.state === "cancelled" ? "muted" : "bad"}`}>{job.state === "cancelled" ? t("queue.cancelled") : (job.error?.exception_message ?? job.error?.message ?? t("queue.noReason"))}</span>
              </span>
              <IconButton icon="retry" label={t("queue.retry")} onClick={() => void change(job.id, "retry")} />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

function WaitingJob({ job, place, waiting }: { job: JobSummary; place: number; waiting: readonly JobSummary[] }) {
  const t = useText();
  const isPaused = job.state === "paused";
  return (
    <li
      className="item job"
      draggable
      onDragStart={(event) => event.dataTransfer.setData("application/x-graphcore-job", job.id)}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes("application/x-graphcore-job")) event.preventDefault();
      }}
      onDrop={(event) => void move(waiting, event.dataTransfer.getData("application/x-graphcore-job"), place)}
    >
      <span className="item-main">
        <JobName job={job} />
        <span className="small muted">{isPaused ? t("queue.paused") : t("queue.place", { place: place + 1 })}</span>
      </span>
      <IconButton icon="up" label={t("queue.earlier")} disabled={place === 0} onClick={() => void move(waiting, job.id, place - 1)} />
      <IconButton icon={isPaused ? "run" : "pause"} label={t(isPaused ? "queue.resume" : "queue.pause")} onClick={() => void change(job.id, isPaused ? "resume" : "pause")} />
      <IconButton icon="close" label={t("queue.cancel")} onClick={() => void change(job.id, "cancel")} />
    </li>
  );
}

function JobName({ job }: { job: JobSummary }) {
  const t = useText();
  return <span className="clip job-name">{titleOfJob(job.id) ?? t("queue.job", { id: job.id.slice(0, 8) })}</span>;
}
