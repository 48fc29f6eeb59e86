import { useEffect, useState } from "react";
import { api } from "../../api/client";
import type { ModelFile } from "../../api/wire";
import { useText } from "../../i18n";
import { addLoader } from "../going";
import { loadModels, MODEL_DATA, type ModelKind, type ModelName } from "../models";
import { attempt } from "../notify";
import { Icon } from "./Icon";
import "./ModelsDrawer.css";

const GIGABYTE = 2 ** 30;

/** The model files that the server has, by kind; a click adds what loads one, dragging puts it onto the canvas or a widget. */
export default function ModelsDrawer() {
  const t = useText();
  const [kinds, setKinds] = useState<readonly ModelKind[] | null>(null);
  const [words, setWords] = useState("");
  useEffect(() => void attempt(loadModels).then((found) => setKinds(found ?? [])), []);
  const wanted = words.toLowerCase();
  const shown = (kinds ?? [])
    .map((kind) => ({ ...kind, files: kind.files.filter((file) => file.name.toLowerCase().includes(wanted)) }))
    .filter((kind) => kind.files.length > 0);
  return (
    <>
      <div className="drawer-tools">
        <input className="field" type="search" placeholder={t("models.search")} aria-label={t("models.search")} value={words} onChange={(event) => setWords(event.target.value)} />
      </div>
      <div className="drawer-scroll">
        {kinds !== null && shown.length === 0 && <p className="empty">{t(words ? "models.nothing" : "models.empty")}</p>}
        {shown.map((kind) => (
          <section key={kind.name}>
            <h3>{kind.name}</h3>
            <ul className="list">
              {kind.files.map((file) => (
                <ModelItem key={file.name} kind={kind.name} file={file} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}

function ModelItem({ kind, file }: { kind: string; file: ModelFile }) {
  const [hasPicture, setHasPicture] = useState(true);
  const model: ModelName = { kind, name: file.name };
  return (
    <li className="item model" title={file.name} draggable onDragStart={(event) => event.dataTransfer.setData(MODEL_DATA, JSON.stringify(model))}>
      <span className="model-picture">
        {hasPicture ? <img src={api.modelPictureUrl(kind, file)} alt="" loading="lazy" onError={() => setHasPicture(false)} /> : <Icon name="models" />}
      </span>
      <button type="button" className="item-main" onClick={() => addLoader(model)}>
        <span className="clip model-name">{file.name}</span>
        <span className="small muted">{sizeText(file.size)}</span>
      </button>
    </li>
  );
}

export function sizeText(bytes: number): string {
  return bytes >= GIGABYTE ? `${(bytes / GIGABYTE).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 2 ** 20))} MB`;
}
