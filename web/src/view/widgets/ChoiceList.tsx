import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { createPortal } from "react-dom";
import type { Json } from "../../model/json";
import { match } from "../../model/search";

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

export const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The choices of a combo, below it; typing narrows them, folders of model files stand before the names. */
export function ChoiceList({ anchor, label, empty, choices, chosen, onPick, onClose }: Props) {
  const [query, setQuery] = useState("");
  const found = narrowed(choices, query);
  const [marked, mark] = useState(() => Math.max(0, found.findIndex((choice) => chosen.includes(textOf(choice)))));
  const box = useRef<HTMLDivElement>(null);
  const at = Math.min(marked, Math.max(found.length - 1, 0));
  useEffect(() => {
    box.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at, query]);
  useEffect(() => {
    const close = (event: PointerEvent) => !box.current?.contains(event.target as Node) && onClose();
    window.addEventListener("pointerdown", close, true);
    return () => window.removeEventListener("pointerdown", close, true);
  }, [onClose]);

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
    <div ref={box} className="choices" style={{ left: Math.max(8, Math.min(place.left, innerWidth - width - 8)), width, ...(isBelow ? { top: place.bottom + 4 } : { bottom: innerHeight - place.top + 4 }) }}>
      <input className="field" role="combobox" aria-expanded="true" aria-controls="choices" aria-activedescendant={found.length > 0 ? `choice-${at}` : undefined} aria-label={label} placeholder={label} autoFocus value={query} onChange={(event) => { setQuery(event.target.value); mark(0); }} onKeyDown={onKeyDown} />
      <ul id="choices" role="listbox" aria-label={label}>
        {found.slice(0, MOST).map((choice, place) => (
          <li key={textOf(choice)} id={`choice-${place}`} data-at={place} role="option" aria-selected={place === at} data-chosen={chosen.includes(textOf(choice)) ? "" : undefined} onPointerMove={() => mark(place)} onClick={() => onPick(choice)}>
            <Name name={textOf(choice)} />
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="picker-empty">{empty}</p>}
    </div>,
    document.body,
  );
}

/** A file's folders in a quieter tone than its name. */
function Name({ name }: { name: string }) {
  const cut = Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1;
  return <>{cut > 0 && <span className="muted">{name.slice(0, cut)}</span>}{name.slice(cut)}</>;
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
