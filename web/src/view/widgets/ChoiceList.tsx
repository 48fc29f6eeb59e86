import { Fragment, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { createPortal } from "react-dom";
import type { Json } from "../../model/json";
import { match } from "../../model/search";
import { inside, useOutsidePress } from "../floating";
import { modelPictures } from "../models";
import { recentOf } from "./recent";
import "./choices.css";

interface Props {
  anchor: HTMLElement;
  label: string;
  empty: string;
  choices: readonly Json[];
  chosen: readonly string[];
  onPick: (choice: Json) => void;
  onClose: () => void;
}

const MOST = 300;
const FILE = /\.(safetensors|sft|ckpt|pth?|bin|gguf|onnx)$/i;

export const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The choices of a combo, below it; typing narrows them. What was chosen lately comes first, model files stand in their folders, with the pictures beside them. */
export function ChoiceList({ anchor, label, empty, choices, chosen, onPick, onClose }: Props) {
  const [query, setQuery] = useState("");
  const [recent] = useState(() => recentOf(label).filter((name) => choices.includes(name)));
  const found = query === "" ? [...recent, ...choices.filter((choice) => !recent.includes(textOf(choice)))] : narrowed(choices, query);
  const pictures = usePictures(choices);
  const [marked, mark] = useState(() => Math.max(0, found.findIndex((choice) => chosen.includes(textOf(choice)))));
  const box = useRef<HTMLDivElement>(null);
  const at = Math.min(marked, Math.max(found.length - 1, 0));
  useEffect(() => {
    box.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at, query]);
  useOutsidePress(box, onClose);

  function onKeyDown(event: KeyboardEvent): void {
    event.stopPropagation();
    const way = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (way !== undefined) mark(Math.max(0, Math.min(found.length - 1, at + way)));
    else if (event.key === "Enter") {
      const choice = found[at];
      if (choice !== undefined) onPick(choice);
    } else if (event.key === "Escape" || event.key === "Tab") onClose();
    else return;
    event.preventDefault();
  }

  const place = anchor.getBoundingClientRect();
  const width = Math.max(place.width, 260);
  const isBelow = place.bottom + 320 < innerHeight || place.top < 320;
  return createPortal(
    <div ref={box} className="choices" style={{ left: inside(place.left, width, innerWidth), width, ...(isBelow ? { top: place.bottom + 4 } : { bottom: innerHeight - place.top + 4 }) }}>
      <input className="field" role="combobox" aria-expanded="true" aria-controls="choices" aria-activedescendant={found.length > 0 ? `choice-${at}` : undefined} aria-label={label} placeholder={label} autoFocus value={query} onChange={(event) => { setQuery(event.target.value); mark(0); }} onKeyDown={onKeyDown} />
      <ul id="choices" role="listbox" aria-label={label}>
        {found.slice(0, MOST).map((choice, place) => {
          const name = textOf(choice);
          const isInTree = query === "" && place >= recent.length;
          const folder = folderOf(name);
          return (
            <Fragment key={name}>
              {isInTree && folder !== "" && (place === recent.length || folder !== folderOf(textOf(found[place - 1] ?? ""))) && <li className="choice-folder" role="presentation">{folder}</li>}
              <li id={`choice-${place}`} className={isInTree && folder !== "" ? "choice-inside" : ""} data-at={place} role="option" aria-label={name} aria-selected={place === at} data-chosen={chosen.includes(name) ? "" : undefined} data-last-recent={query === "" && place === recent.length - 1 ? "" : undefined} onPointerMove={() => mark(place)} onClick={() => onPick(choice)}>
                <Picture url={pictures.get(name)} />
                {!isInTree && folder !== "" && <span className="muted">{folder}</span>}
                {name.slice(folder.length)}
              </li>
            </Fragment>
          );
        })}
      </ul>
      {found.length === 0 && <p className="picker-empty">{empty}</p>}
    </div>,
    document.body,
  );
}

/** The folders of a model file, with the last separator. */
function folderOf(name: string): string {
  return FILE.test(name) ? name.slice(0, Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1) : "";
}

/** Where the pictures beside model files are, if these are choices of such. */
function usePictures(choices: readonly Json[]): ReadonlyMap<string, string> {
  const [pictures, show] = useState<ReadonlyMap<string, string>>(new Map());
  const hasFiles = choices.some((choice) => FILE.test(textOf(choice)));
  useEffect(() => {
    if (hasFiles) modelPictures().then(show, () => undefined); // offline: names alone will do
  }, [hasFiles]);
  return pictures;
}

function Picture({ url }: { url: string | undefined }) {
  const [isThere, found] = useState(false);
  return url === undefined ? null : <img className="choice-picture" src={url} alt="" loading="lazy" data-there={isThere ? "" : undefined} onLoad={() => found(true)} />;
}

function narrowed(choices: readonly Json[], query: string): readonly Json[] {
  if (query === "") return choices;
  return choices
    .flatMap((choice) => {
      const hit = match(query, textOf(choice));
      return hit ? [{ choice, score: hit.score }] : [];
    })
    .sort((one, other) => other.score - one.score)
    .map(({ choice }) => choice);
}
