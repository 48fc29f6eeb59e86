import { useState } from "react";
import { useText } from "../../i18n";
import type { Shape } from "../../model/shape";
import { useEditor, useNodePhase, useNodeRun } from "./context";

/** The bar of a node: its name, and what a run says of it. A double click renames, or enters a subgraph. */
export function NodeTitle({ shape }: { shape: Shape }) {
  const t = useText();
  const editor = useEditor();
  const [isRenaming, rename] = useState(false);
  const open = () => (shape.kind === "instance" ? editor.commands.enter(shape.id) : rename(true));
  return (
    <header className="node-bar" onDoubleClick={open}>
      <button
        type="button"
        className="node-fold nodrag"
        aria-expanded={!shape.isCollapsed}
        aria-label={t(shape.isCollapsed ? "canvas.expand" : "canvas.collapse")}
        onClick={() => editor.commands.collapse([shape.id])}
        onDoubleClick={(event) => event.stopPropagation()}
        tabIndex={-1}
      >
        <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
          <path d={shape.isCollapsed ? "M3 1.5 7 5 3 8.5" : "M1.5 3 5 7 8.5 3"} fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
      </button>
      {isRenaming ? <TitleField shape={shape} onDone={() => rename(false)} /> : <span className="node-name" title={shape.title === shape.type.title ? shape.type.name : `${shape.title} (${shape.type.title})`}>{shape.title}</span>}
      {shape.isMuted && <span className="node-badge">{t("canvas.muted")}</span>}
      {shape.isBypassed && <span className="node-badge">{t("canvas.bypassed")}</span>}
      {shape.kind === "instance" && (
        <button type="button" className="node-enter nodrag" aria-label={t("canvas.enter")} title={t("canvas.enter")} onClick={() => editor.commands.enter(shape.id)} tabIndex={-1}>
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M6 3H3v10h10v-3M9 3h4v4M13 3 7 9" fill="none" stroke="currentColor" strokeWidth="1.5" /></svg>
        </button>
      )}
      <RunMark id={shape.id} />
    </header>
  );
}

function TitleField({ shape, onDone }: { shape: Shape; onDone: () => void }) {
  const t = useText();
  const editor = useEditor();
  const finish = (title: string) => {
    editor.commands.rename(shape.id, title.trim());
    onDone();
  };
  return (
    <input
      className="node-rename nodrag nopan"
      defaultValue={shape.title}
      aria-label={t("canvas.rename")}
      autoFocus
      onFocus={(event) => event.target.select()}
      onBlur={(event) => finish(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(event.currentTarget.value);
        else if (event.key === "Escape") onDone();
      }}
    />
  );
}

/** Time, progress, cached or failed: one small mark at the right. */
function RunMark({ id }: { id: string }) {
  const t = useText();
  const phase = useNodePhase(id);
  const run = useNodeRun(id);
  if (phase === "running") {
    const share = run && run.max > 1 ? run.value / run.max : null;
    return (
      <>
        <span className="run-mark" role="status">{share === null ? "…" : `${run?.value}/${run?.max}`}</span>
        <span className="run-bar" data-vague={share === null ? "" : undefined}><span style={{ width: `${(share ?? 1) * 100}%` }} /></span>
      </>
    );
  }
  if (phase === "done") return <span className="run-mark">{run && run.took !== null ? seconds(run.took) : t("inspector.phases.done")}</span>;
  if (phase === "cached") return <span className="run-mark" title={t("canvas.cached")} aria-label={t("canvas.cached")}>✓</span>;
  if (phase === "failed") return <span className="run-mark bad" title={t("canvas.failed")} aria-label={t("canvas.failed")}>!</span>;
  return null;
}

function seconds(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
