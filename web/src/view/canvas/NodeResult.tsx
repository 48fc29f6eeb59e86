import { useRef } from "react";
import { api } from "../../api/client";
import type { FileRef } from "../../api/wire";
import { useText } from "../../i18n";
import type { NodeRun, Shown } from "../../model/run";
import { showPanel } from "../panels";
import { useCanvas } from "./context";

const FILM = /\.(mp4|webm|mov|mkv)$/i;

/** What a node shows: the picture of the current step, then pictures, films, sound or text. */
export function NodeResult({ id, run }: { id: string; run: NodeRun | undefined }) {
  const t = useText();
  if (!run) return null;
  if (run.preview !== null && run.phase === "running") return <img className="node-picture" src={run.preview} alt={t("canvas.preview")} draggable={false} />;
  return (
    <>
      {run.text !== null && run.phase === "running" && <p className="node-text">{run.text}</p>}
      {run.shown && <ShownParts id={id} shown={run.shown} />}
    </>
  );
}

function ShownParts({ id, shown }: { id: string; shown: Shown }) {
  const pictures = files(shown.images).concat(files(shown.gifs), files(shown.video));
  const texts = (shown.text ?? []).map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  return (
    <>
      {pictures.length > 0 && <Pictures id={id} pictures={pictures} />}
      {files(shown.audio).map((file) => <audio key={file.filename} className="node-sound nodrag" src={api.viewUrl(file)} controls preload="none" />)}
      {texts.length > 0 && <pre className="node-text nodrag nowheel nopan" tabIndex={0}>{texts.join("\n")}</pre>}
    </>
  );
}

function files(list: unknown[] | undefined): FileRef[] {
  return (list ?? []).filter((each): each is FileRef => typeof each === "object" && each !== null && "filename" in each);
}

function Pictures({ id, pictures }: { id: string; pictures: FileRef[] }) {
  const t = useText();
  const { run } = useCanvas();
  const box = useRef<HTMLDivElement>(null);
  const show = (at: number) => showPanel({ viewer: { files: pictures.map((file) => ({ file, job: run.getState().job })), at, beside: null } });
  return (
    <div ref={box} className="node-pictures" data-count={Math.min(pictures.length, 4)}>
      {pictures.map((file, at) => (
        <button key={`${file.filename} ${at}`} type="button" className="node-picture-button nodrag" aria-label={t("canvas.openPicture", { name: file.filename })} onClick={() => show(at)} data-node={id}>
          {FILM.test(file.filename) ? <video src={api.viewUrl(file)} muted loop autoPlay playsInline /> : <img src={api.viewUrl(file, { preview: true })} alt={file.filename} draggable={false} loading="lazy" />}
        </button>
      ))}
    </div>
  );
}
