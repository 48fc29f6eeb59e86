import { useReactFlow } from "@xyflow/react";
import { useEffect, useState, type KeyboardEvent } from "react";
import { useText } from "../../i18n";
import { useActions, keyLabel, runAction } from "../actions";
import { useFloating } from "../floating";
import { useExtras } from "../scripted";
import { useEditor } from "./context";
import { closeMenu, useMenu, type MenuPlace } from "./menu";
import { openSearch } from "./searching";

const COLOURS: readonly [string, string][] = [["#322", "#533"], ["#332922", "#593930"], ["#432", "#653"], ["#232", "#353"], ["#233", "#355"], ["#223", "#335"], ["#323", "#535"], ["#222", "#000"]];
const FOR_NODES = ["run.here", "-", "canvas.copy", "canvas.cut", "canvas.duplicate", "canvas.delete", "-", "canvas.wire", "canvas.collapse", "canvas.mute", "canvas.bypass", "-", "canvas.group", "canvas.subgraph", "canvas.unpack", "canvas.publish", "canvas.tidy"];
const FOR_CANVAS = ["canvas.paste", "canvas.selectAll", "-", "canvas.tidy", "canvas.fit", "canvas.note"];

/** What can be done with what was right-clicked. */
export function ContextMenu() {
  const place = useMenu((menu) => menu.place);
  return place && <Menu key={`${place.x} ${place.y}`} place={place} />;
}

function Menu({ place }: { place: MenuPlace }) {
  const t = useText();
  const box = useFloating(place.x, place.y, closeMenu);
  useEffect(() => box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus(), [box]);
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") closeMenu();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const all = [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]?.focus();
  };
  return (
    <div ref={box} className="menu" role="menu" aria-label={t("canvas.menu")} onKeyDown={onKeyDown}>
      <Items place={place} />
    </div>
  );
}

function Items({ place: { target, x, y } }: { place: MenuPlace }) {
  const t = useText();
  const { commands } = useEditor();
  const flow = useReactFlow();
  const at = flow.screenToFlowPosition({ x, y });
  switch (target.kind) {
    case "node":
      return (
        <>
          <ActionItems ids={FOR_NODES} />
          <ScriptItems id={target.id} />
          <Swatches label={t("canvas.colour")} onPick={(colour) => commands.colour(colour?.[0], colour?.[1])} />
        </>
      );
    case "group":
      return (
        <>
          <Item title={t("canvas.fitGroup")} run={() => commands.fitGroup(target.at)} />
          <Item title={t("canvas.selectMembers")} run={() => commands.select(commands.membersOf(target.at))} />
          <Item title={t("canvas.ungroup")} run={() => commands.removeGroup(target.at)} />
          <Swatches label={t("canvas.colour")} onPick={(colour) => commands.changeGroup(target.at, { color: colour?.[1] ?? "#3f789e" })} />
        </>
      );
    case "wire":
      return (
        <>
          <Item title={t("canvas.addReroute")} run={() => commands.reroute(target.link, [at.x, at.y])} />
          <Item title={t("canvas.cutWire")} run={() => commands.disconnect([target.link])} />
        </>
      );
    case "canvas":
      return (
        <>
          <Item title={t("canvas.add")} keys="/" run={() => openSearch({ x, y, joint: null })} />
          <ActionItems ids={FOR_CANVAS} />
        </>
      );
  }
}

function ActionItems({ ids }: { ids: readonly string[] }) {
  const all = useActions((actions) => actions.all);
  return ids.map((id, at) => {
    if (id === "-") return <hr key={at} />;
    const action = all.get(id);
    if (!action || !(action.when?.() ?? true)) return null;
    return <Item key={id} title={action.title()} keys={action.keys?.[0]} run={() => runAction(id)} />;
  });
}

/** What scripts of packs add for a node. */
function ScriptItems({ id }: { id: string }) {
  const extras = useExtras(useEditor(), id);
  const [items] = useState(() => extras?.menu() ?? []);
  if (items.length === 0) return null;
  return <><hr />{items.map(({ title, run }) => <Item key={title} title={title} run={run} />)}</>;
}

function Item({ title, keys, run }: { title: string; keys?: string | undefined; run: () => void }) {
  const act = () => {
    closeMenu();
    run();
  };
  return (
    <button type="button" role="menuitem" onClick={act}>
      <span>{title}</span>
      {keys !== undefined && <kbd>{keyLabel(keys).join(" ")}</kbd>}
    </button>
  );
}

function Swatches({ label, onPick }: { label: string; onPick: (colour: readonly [string, string] | undefined) => void }) {
  const t = useText();
  const act = (colour: readonly [string, string] | undefined) => {
    closeMenu();
    onPick(colour);
  };
  return (
    <div className="swatches" role="group" aria-label={label}>
      <button type="button" role="menuitem" className="swatch none" aria-label={t("canvas.noColour")} title={t("canvas.noColour")} onClick={() => act(undefined)} />
      {COLOURS.map((colour, at) => (
        <button key={colour[1]} type="button" role="menuitem" className="swatch" aria-label={`${label} ${at + 1}`} style={{ background: colour[1] }} onClick={() => act(colour)} />
      ))}
    </div>
  );
}
