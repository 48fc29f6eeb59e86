import { api } from "../../api/client";
import type { FileRef } from "../../api/wire";
import { useText } from "../../i18n";
import { mediaKind } from "../jobs";
import { Icon } from "./Icon";

/** A small picture of a file, as a button that opens it. A picture can be dragged onto the canvas. */
export function Thumbnail({ file, onOpen }: { file: FileRef; onOpen: () => void }) {
  const t = useText();
  const kind = mediaKind(file);
  return (
    <button
      type="button"
      className="thumbnail"
      title={file.filename}
      aria-label={t("gallery.open", { name: file.filename })}
      draggable
      onDragStart={(event) => event.dataTransfer.setData("application/x-graphcore-file", JSON.stringify(file))}
      onClick={onOpen}
    >
      {kind === "image" && <img src={api.viewUrl(file, { preview: true })} alt="" loading="lazy" decoding="async" draggable={false} />}
      {kind === "video" && <video src={api.viewUrl(file)} muted preload="metadata" />}
      {kind === "audio" && <Icon name="run" size={28} />}
    </button>
  );
}
