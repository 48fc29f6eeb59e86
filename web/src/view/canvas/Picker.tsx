import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { useFloating } from "../floating";

export interface PickerItem {
  key: string;
  title: string;
  marks?: readonly number[];
  detail: string;
  colour: string;
}

interface Props {
  x: number;
  y: number;
  label: string;
  empty: string;
  items: (query: string) => readonly PickerItem[];
  onPick: (key: string) => void;
  onClose: () => void;
  head?: ReactNode;
  preview?: (key: string) => ReactNode;
}

/** A list at a place of the screen, narrowed by typing, walked by arrows, with a preview of what is marked. */
export function Picker({ x, y, label, empty, items, onPick, onClose, head, preview }: Props) {
  const [query, setQuery] = useState("");
  const [marked, mark] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const box = useFloating(x, y, onClose);
  const id = useId();
  const found = items(query);
  const at = Math.min(marked, Math.max(found.length - 1, 0));
  const current = found[at];

  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at, query]);

  const step = (by: number) => mark(found.length === 0 ? 0 : (at + by + found.length) % found.length);
  const keys: Record<string, () => void> = {
    ArrowDown: () => step(1), ArrowUp: () => step(-1), PageDown: () => mark(Math.min(at + 8, found.length - 1)), PageUp: () => mark(Math.max(at - 8, 0)),
    Enter: () => current && onPick(current.key), Escape: onClose, Tab: onClose,
  };
  return (
    <div ref={box} className="picker" role="dialog" aria-label={label}>
      <div className="picker-main">
        {head}
        <input
          className="field"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={current ? `${id}-${at}` : undefined}
          aria-label={label}
          placeholder={label}
          autoFocus
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            mark(0);
          }}
          onKeyDown={(event) => {
            const act = keys[event.key];
            event.stopPropagation();
            if (!act) return;
            event.preventDefault();
            act();
          }}
        />
        <ul ref={list} id={`${id}-list`} role="listbox" aria-label={label}>
          {found.map((item, place) => (
            <li key={item.key} id={`${id}-${place}`} role="option" aria-selected={place === at} onPointerMove={() => mark(place)} onClick={() => onPick(item.key)}>
              <span className="picker-dot" style={{ background: item.colour }} />
              <span className="picker-title"><Marked text={item.title} marks={item.marks ?? []} /></span>
              <span className="picker-detail">{item.detail}</span>
            </li>
          ))}
        </ul>
        {found.length === 0 && <p className="picker-empty">{empty}</p>}
      </div>
      {current && preview && <div className="picker-preview">{preview(current.key)}</div>}
    </div>
  );
}

function Marked({ text, marks }: { text: string; marks: readonly number[] }) {
  if (marks.length === 0) return <>{text}</>;
  const set = new Set(marks);
  return <>{Array.from(text, (letter, at) => (set.has(at) ? <mark key={at}>{letter}</mark> : letter))}</>;
}
