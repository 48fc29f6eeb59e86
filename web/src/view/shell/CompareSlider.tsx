import { useState } from "react";
import { api } from "../../api/client";
import type { FileRef } from "../../api/wire";
import { useText } from "../../i18n";

/** Two pictures over each other: the slider says how much of which is seen. */
export function CompareSlider({ before, after }: { before: FileRef; after: FileRef }) {
  const t = useText();
  const [share, setShare] = useState(50);
  return (
    <div className="compare">
      <img className="viewer-media" src={api.viewUrl(after)} alt={after.filename} />
      <img className="viewer-media compare-before" src={api.viewUrl(before)} alt={before.filename} style={{ clipPath: `inset(0 ${100 - share}% 0 0)` }} />
      <span className="compare-line" style={{ left: `${share}%` }} />
      <input type="range" min={0} max={100} step={0.5} value={share} aria-label={t("gallery.slider")} onChange={(event) => setShare(event.target.valueAsNumber)} />
    </div>
  );
}
