import { useEffect, useRef, useState, type PointerEvent } from "react";
import { api, type Uploaded } from "../../api/client";
import type { FileRef } from "../../api/wire";
import { useText } from "../../i18n";
import { attempt } from "../notify";
import "./mask.css";

interface Props {
  file: FileRef;
  onClose: () => void;
  onSaved: (file: Uploaded) => void;
}

/** Paints the mask of a picture: brush, erase, invert, clear. What is painted becomes transparent in a copy, as the field saves it. */
export default function MaskEditor({ file, onClose, onSaved }: Props) {
  const t = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const brush = useRef<HTMLSpanElement>(null);
  const last = useRef<{ x: number; y: number } | null>(null);
  const [size, setSize] = useState(40);
  const [isErasing, erase] = useState(false);
  const [isReady, ready] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  /** The picture's own transparency is where painting begins. */
  async function begin(image: HTMLImageElement): Promise<void> {
    const sheet = canvas.current;
    const drawing = sheet?.getContext("2d");
    if (!sheet || !drawing) return;
    [sheet.width, sheet.height] = [image.naturalWidth, image.naturalHeight];
    await attempt(async () => {
      const alpha = await createImageBitmap(await (await fetch(`${api.viewUrl(file)}&channel=a`)).blob());
      drawing.drawImage(alpha, 0, 0);
      const pixels = drawing.getImageData(0, 0, sheet.width, sheet.height);
      for (let at = 0; at < pixels.data.length; at += 4) {
        const masked = 255 - (pixels.data[at + 3] ?? 255);
        pixels.data.set([255, 255, 255, masked], at);
      }
      drawing.putImageData(pixels, 0, 0);
    });
    ready(true);
  }

  function place(event: PointerEvent): { x: number; y: number; scale: number } {
    const box = event.currentTarget.getBoundingClientRect();
    const scale = (canvas.current?.width ?? 1) / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale, scale };
  }

  /** Shows where the brush is, and how wide. */
  function point(event: PointerEvent): void {
    const box = event.currentTarget.getBoundingClientRect();
    Object.assign(brush.current?.style ?? {}, { display: "block", left: `${event.clientX - box.left}px`, top: `${event.clientY - box.top}px` });
  }

  function stroke(event: PointerEvent): void {
    const drawing = canvas.current?.getContext("2d");
    if (!drawing || !last.current) return;
    const { x, y, scale } = place(event);
    drawing.globalCompositeOperation = isErasing || event.buttons === 2 ? "destination-out" : "source-over";
    drawing.strokeStyle = "#fff";
    drawing.lineWidth = size * scale;
    drawing.lineCap = drawing.lineJoin = "round";
    drawing.beginPath();
    drawing.moveTo(last.current.x, last.current.y);
    drawing.lineTo(x, y + 0.01);
    drawing.stroke();
    last.current = { x, y };
  }

  function each(change: (alpha: number) => number): void {
    const [sheet, drawing] = [canvas.current, canvas.current?.getContext("2d")];
    if (!sheet || !drawing) return;
    const pixels = drawing.getImageData(0, 0, sheet.width, sheet.height);
    for (let at = 0; at < pixels.data.length; at += 4) pixels.data.set([255, 255, 255, change(pixels.data[at + 3] ?? 0)], at);
    drawing.putImageData(pixels, 0, 0);
  }

  async function save(): Promise<void> {
    const [sheet, drawing] = [canvas.current, canvas.current?.getContext("2d")];
    if (!sheet || !drawing) return;
    each((alpha) => 255 - alpha);
    const blob = await new Promise<Blob | null>((done) => sheet.toBlob(done, "image/png"));
    each((alpha) => 255 - alpha);
    const saved = blob && (await attempt(() => api.uploadMask(blob, `clipspace-mask-${Date.now()}.png`, file, { subfolder: "clipspace" })));
    if (saved) onSaved(saved);
  }

  return (
    <dialog ref={dialog} className="mask-editor nowheel nopan" aria-label={t("widgets.paintMask")} onClose={onClose} onKeyDown={(event) => event.stopPropagation()}>
      <div className="mask-bar">
        <label>{t("widgets.brush")} <input type="range" min={2} max={200} value={size} onChange={(event) => setSize(Number(event.target.value))} /></label>
        <button type="button" className="button" aria-pressed={isErasing} onClick={() => erase(!isErasing)}>{t("widgets.erase")}</button>
        <button type="button" className="button" onClick={() => each((alpha) => 255 - alpha)}>{t("widgets.invert")}</button>
        <button type="button" className="button" onClick={() => each(() => 0)}>{t("widgets.clear")}</button>
        <span className="mask-gap" />
        <button type="button" className="button" onClick={() => dialog.current?.close()}>{t("widgets.cancel")}</button>
        <button type="button" className="button primary" disabled={!isReady} onClick={() => void save()}>{t("widgets.save")}</button>
      </div>
      <div className="mask-sheet">
        <img src={`${api.viewUrl(file)}&channel=rgb`} alt={file.filename} onLoad={(event) => void begin(event.currentTarget)} draggable={false} />
        <canvas
          ref={canvas}
          aria-label={t("widgets.paintMask")}
          onContextMenu={(event) => event.preventDefault()}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            last.current = place(event);
            stroke(event);
          }}
          onPointerMove={(event) => {
            point(event);
            stroke(event);
          }}
          onPointerUp={() => (last.current = null)}
          onPointerLeave={() => brush.current?.style.setProperty("display", "none")}
        />
        <span ref={brush} className="mask-brush" style={{ width: size, height: size }} />
      </div>
    </dialog>
  );
}
