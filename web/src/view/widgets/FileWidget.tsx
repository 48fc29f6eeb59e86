import { lazy, Suspense, useRef, useState, type ClipboardEvent, type DragEvent } from "react";
import { api } from "../../api/client";
import type { FileRef } from "../../api/wire";
import { useText } from "../../i18n";
import { attempt } from "../notify";
import { Combo } from "./ComboWidget";
import { annotated, fileOf } from "./files";
import { useWidget, type WidgetProps } from "./useWidget";

const MaskEditor = lazy(() => import("./MaskEditor"));
const GALLERY = "application/x-graphcore-file";

/** A file of the input folder: chosen, uploaded by button, drop or paste, shown, and for pictures with a mask to paint. */
export function FileWidget({ node, widget, label }: WidgetProps) {
  const t = useText();
  const [value, set] = useWidget(node, widget);
  const picker = useRef<HTMLInputElement>(null);
  const [isPainting, paint] = useState(false);
  const [fresh, refresh] = useState(0);
  const kind = widget.input?.options.video_upload ? "video" : widget.input?.options.audio_upload ? "audio" : "image";
  const file = typeof value === "string" && value !== "" ? fileOf(value) : null;

  const fitting = (files: Iterable<File>) => [...files].find((each) => each.type.startsWith(kind) || each.type === "");

  async function upload(files: Iterable<File>): Promise<void> {
    const first = fitting(files);
    if (!first) return;
    const found = await attempt(() => api.upload(first, first.name));
    if (found) set(annotated(found));
  }

  function onDrop(event: DragEvent): void {
    const shown = event.dataTransfer.getData(GALLERY);
    if (shown === "" && !fitting(event.dataTransfer.files)) return; // the canvas opens it, or says what it is not
    event.preventDefault();
    event.stopPropagation();
    if (shown === "") void upload(event.dataTransfer.files);
    else set(annotated(JSON.parse(shown) as FileRef));
  }

  function onPaste(event: ClipboardEvent): void {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    void upload(event.clipboardData.files);
  }

  return (
    <div className="file-widget nodrag" onDrop={onDrop} onDragOver={(event) => event.preventDefault()} onPaste={onPaste} tabIndex={-1}>
      <Combo value={value} set={set} label={label} choices={widget.choices ?? []} />
      <div className="file-buttons">
        <button type="button" className="small-button" onClick={() => picker.current?.click()}>{t("widgets.upload")}</button>
        {kind === "image" && file && <button type="button" className="small-button" onClick={() => paint(true)}>{t("widgets.paintMask")}</button>}
        <input ref={picker} type="file" accept={`${kind}/*`} hidden aria-label={t("widgets.upload")} onChange={(event) => { void upload(event.target.files ?? []); event.target.value = ""; }} />
      </div>
      {file && kind === "image" && <img key={fresh} className="file-picture" src={api.viewUrl(file, { preview: true, fresh })} alt={file.filename} draggable={false} />}
      {file && kind === "video" && <video className="file-picture" src={api.viewUrl(file)} controls muted />}
      {file && kind === "audio" && <audio className="node-sound" src={api.viewUrl(file)} controls preload="none" />}
      {isPainting && file && (
        <Suspense>
          <MaskEditor file={file} onClose={() => paint(false)} onSaved={(saved) => { set(annotated(saved)); refresh((count) => count + 1); paint(false); }} />
        </Suspense>
      )}
    </div>
  );
}
