import { useMemo, useState } from "react";
import { useText } from "../../i18n";
import { useActions } from "../actions";
import { useBlueprints } from "../blueprints";
import { showPanel } from "../panels";
import { entriesFor, type PaletteEntry } from "../palette";
import { useSession } from "../session";
import { Dialog } from "./Dialog";
import { Keys } from "./Keys";
import "./Palette.css";

const MOST = 60;
const close = () => showPanel({ dialog: null });

/** Every command, node and open workflow by its name. */
export default function Palette() {
  const t = useText();
  const actions = useActions((state) => state.all);
  const { info, tabs } = useSession();
  const blueprints = useBlueprints();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => entriesFor(words, [...actions.values()], info, tabs, blueprints).slice(0, MOST), [words, actions, info, tabs, blueprints]);
  const choose = (entry: PaletteEntry | undefined) => {
    close();
    entry?.run();
  };
  const key = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      setAt((now) => Math.max(0, Math.min(found.length - 1, now + by)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(found[at]);
    }
  };
  return (
    <Dialog title={t("palette.title")} onClose={close} kind="palette" bare>
      <input
        className="palette-input"
        data-first
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={found[at] ? `palette-${at}` : undefined}
        aria-label={t("palette.title")}
        placeholder={t("palette.hint")}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={key}
      />
      <ul id="palette-list" className="list palette-list" role="listbox" aria-label={t("palette.title")}>
        {found.map((entry, index) => (
          <li
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            className="palette-item"
            ref={(element) => {
              if (index === at) element?.scrollIntoView({ block: "nearest" });
            }}
            onMouseMove={() => setAt(index)}
            onClick={() => choose(entry)}
          >
            <span className="clip">{entry.title}</span>
            <span className="muted small clip">{entry.detail}</span>
            <span className="spacer" />
            {entry.keys && <Keys keys={entry.keys} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="empty">{t("palette.nothing")}</p>}
    </Dialog>
  );
}
