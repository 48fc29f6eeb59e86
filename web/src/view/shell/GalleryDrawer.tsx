import { useMemo } from "react";
import { useText } from "../../i18n";
import { galleryOf, loadMoreJobs, useJobs } from "../jobs";
import { showPanel, type Shown } from "../panels";
import { Thumbnail } from "./Thumbnail";
import "./GalleryDrawer.css";

/** Every picture, film and sound that was made, the latest first. */
export default function GalleryDrawer() {
  const t = useText();
  const { ended, total, isLoaded } = useJobs();
  const files = useMemo(() => galleryOf(ended), [ended]);
  const look = (at: number) => showPanel({ viewer: { files, at, beside: null } });
  return (
    <div className="drawer-scroll">
      {isLoaded && files.length === 0 && <p className="empty">{t("gallery.empty")}</p>}
      <ul className="gallery" aria-label={t("shell.gallery")}>
        {files.map((shown, at) => (
          <li key={keyOf(shown)}>
            <Thumbnail file={shown.file} onOpen={() => look(at)} />
          </li>
        ))}
      </ul>
      {ended.length < total && (
        <div className="gallery-more">
          <button type="button" className="button" onClick={() => void loadMoreJobs()}>
            {t("gallery.more")}
          </button>
        </div>
      )}
    </div>
  );
}

function keyOf({ file, job }: Shown): string {
  return `${job} ${file.type} ${file.subfolder} ${file.filename}`;
}
