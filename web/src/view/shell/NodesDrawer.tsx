import { useMemo, useState } from "react";
import type { ObjectInfo } from "../../api/wire";
import { useText } from "../../i18n";
import type { Blueprint } from "../../model/blueprint";
import { BLUEPRINTS } from "../../model/kinds";
import { categoryText, unpublish, useBlueprints } from "../blueprints";
import { categoryColour } from "../canvas/look";
import { addNode } from "../going";
import { useSession } from "../session";
import { IconButton } from "./IconButton";
import "./NodesDrawer.css";

interface Entry {
  type: string;
  title: string;
  category: string;
  description: string;
  /** What a published subgraph of the user's own is taken away by. */
  remove?: () => void;
}

const MOST = 80;

/** The library of nodes and published subgraphs: by category, or by what was typed. A click puts one into the view, dragging where it is dropped. */
export function NodesDrawer() {
  const t = useText();
  const info = useSession((session) => session.info);
  const blueprints = useBlueprints();
  const entries = useMemo(() => [...blueprints.map(blueprintEntry), ...entriesOf(info)], [blueprints, info]);
  const [words, setWords] = useState("");
  const found = useMemo(() => matching(entries, words), [entries, words]);
  return (
    <>
      <div className="drawer-tools">
        <input className="field" type="search" autoFocus placeholder={t("nodes.search")} aria-label={t("nodes.search")} value={words} onChange={(event) => setWords(event.target.value)} />
      </div>
      <div className="drawer-scroll">
        {words === "" ? <Categories entries={entries} /> : <EntryList entries={found.slice(0, MOST)} showCategory />}
        {words !== "" && found.length === 0 && <p className="empty">{t("nodes.nothing")}</p>}
      </div>
    </>
  );
}

function Categories({ entries }: { entries: readonly Entry[] }) {
  const groups = Map.groupBy(entries, (entry) => entry.category.split("/")[0] ?? "");
  return [...groups]
    .sort(([one], [other]) => Number(one.startsWith("_")) - Number(other.startsWith("_")) || one.localeCompare(other))
    .map(([name, members]) => (
      <details key={name} className="category">
        <summary>
          <span className="category-dot" style={{ background: categoryColour(name) }} />
          <span className="clip">{categoryText(name)}</span>
          <span className="muted small">{members.length}</span>
        </summary>
        <EntryList entries={members} />
      </details>
    ));
}

function EntryList({ entries, showCategory = false }: { entries: readonly Entry[]; showCategory?: boolean }) {
  const t = useText();
  return (
    <ul className="list">
      {entries.map((entry) => (
        <li key={entry.type} className="item node-entry" draggable onDragStart={(event) => event.dataTransfer.setData("application/x-graphcore-node", entry.type)}>
          <button type="button" className="item-main" title={entry.description || entry.type} onClick={() => addNode(entry.type)}>
            <span className="clip node-title">{entry.title}</span>
            {showCategory && <span className="clip small muted node-title">{categoryText(entry.category)}</span>}
          </button>
          {entry.remove && <IconButton icon="trash" size={16} label={t("nodes.remove", { name: entry.title })} onClick={entry.remove} />}
        </li>
      ))}
    </ul>
  );
}

function blueprintEntry(blueprint: Blueprint): Entry {
  const { key, title, description, pack } = blueprint;
  return { type: key, title, description, category: BLUEPRINTS, ...(pack === null ? { remove: () => void unpublish(blueprint) } : {}) };
}

function entriesOf(info: ObjectInfo | null): Entry[] {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return Object.entries((info ?? {}) as Record<string, Record<string, unknown>>)
    .map(([type, node]) => ({ type, title: text(node.display_name) || type, category: text(node.category), description: text(node.description) }))
    .sort((one, other) => one.title.localeCompare(other.title));
}

/** Entries that hold every word, those whose title begins so first. */
export function matching(entries: readonly Entry[], text: string): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const score = (entry: Entry) => {
    const title = entry.title.toLowerCase();
    const first = words[0] ?? "";
    return title.startsWith(first) ? 0 : title.includes(first) ? 1 : 2;
  };
  return entries
    .filter((entry) => {
      const all = `${entry.title} ${entry.type} ${entry.category}`.toLowerCase();
      return words.every((word) => all.includes(word));
    })
    .sort((one, other) => score(one) - score(other));
}
