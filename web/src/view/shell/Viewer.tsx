import { useEffect, useState } from "react";
import { api } from "../../api/client";
import { useText } from "../../i18n";
import { mediaKind, sameFile } from "../jobs";
import { openShown } from "../opening";
import { showPanel, usePanels, type Shown } from "../panels";
import { CompareSlider } from "./CompareSlider";
import { Dialog } from "./Dialog";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";
import { Thumbnail } from "./Thumbnail";
import "./Viewer.css";

/** One picture, film or sound at full size; arrows go to its neighbours, another can be laid beside it to compare. */
export default function Viewer() {
  const t = useText();
  const viewer = usePanels((panels) => panels.viewer);
  const [isChoosing, setChoosing] = useState(false);
  useArrows();
  const shown = viewer?.files[viewer.at];
  if (!viewer || !shown) return null;
  const close = () => showPanel({ viewer: null });
  const { file } = shown;
  const isImage = mediaKind(file) === "image";
  return (
    <Dialog title={file.filename} onClose={close} kind="full" bare>
      <div className="viewer">
        <header className="viewer-bar">
          <span className="clip">{file.filename}</span>
          <span className="muted small wide-only">{t("gallery.of", { at: viewer.at + 1, count: viewer.files.length })}</span>
          <span className="spacer" />
          {isImage && (
            <IconButton
              icon="compare"
              label={t("gallery.compare")}
              aria-pressed={viewer.beside !== null || isChoosing}
              onClick={() => {
                setChoosing(viewer.beside === null && !isChoosing);
                showPanel({ viewer: { ...viewer, beside: null } });
              }}
            />
          )}
          <button
            type="button"
            className="button"
            onClick={() => {
              close();
              void openShown(file);
            }}
          >
            {t("gallery.load")}
          </button>
          <a className="icon-button" href={api.viewUrl(file)} download={file.filename} aria-label={t("gallery.download")} title={t("gallery.download")}>
            <Icon name="download" />
          </a>
          <IconButton icon="close" label={t("shell.close")} onClick={close} />
        </header>
        <div className="viewer-stage">
          {viewer.beside ? <CompareSlider before={viewer.beside.file} after={file} /> : <Media shown={shown} />}
        </div>
        <IconButton icon="left" size={24} className="viewer-step previous" label={t("gallery.newer")} disabled={viewer.at === 0} onClick={() => step(-1)} />
        <IconButton icon="right" size={24} className="viewer-step next" label={t("gallery.older")} disabled={viewer.at === viewer.files.length - 1} onClick={() => step(1)} />
        {isChoosing && <Choice files={viewer.files.filter((other) => mediaKind(other.file) === "image" && !sameFile(other.file, file))} onChoose={(beside) => {
          setChoosing(false);
          showPanel({ viewer: { ...viewer, beside } });
        }} />}
      </div>
    </Dialog>
  );
}

function Media({ shown: { file } }: { shown: Shown }) {
  const url = api.viewUrl(file);
  const kind = mediaKind(file);
  if (kind === "video") return <video className="viewer-media" src={url} controls autoPlay loop />;
  if (kind === "audio") return <audio src={url} controls />;
  return <img className="viewer-media" src={url} alt={file.filename} />;
}

function Choice({ files, onChoose }: { files: readonly Shown[]; onChoose: (file: Shown) => void }) {
  const t = useText();
  return (
    <div className="viewer-choice" role="group" aria-label={t("gallery.compareWith")}>
      <span className="muted small">{t("gallery.compareWith")}</span>
      <div className="viewer-files">
        {files.slice(0, 60).map((shown) => (
          <Thumbnail key={`${shown.job} ${shown.file.subfolder} ${shown.file.filename}`} file={shown.file} onOpen={() => onChoose(shown)} />
        ))}
      </div>
    </div>
  );
}

function step(by: number): void {
  const { viewer } = usePanels.getState();
  const at = (viewer?.at ?? 0) + by;
  if (viewer && at >= 0 && at < viewer.files.length) showPanel({ viewer: { ...viewer, at, beside: null } });
}

function useArrows(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement) return; // the slider has the arrows
      if (event.key === "ArrowLeft") step(-1);
      if (event.key === "ArrowRight") step(1);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
