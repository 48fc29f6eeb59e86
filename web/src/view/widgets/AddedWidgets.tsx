import { useEffect, useRef } from "react";
import { useEditor } from "../canvas/context";
import { useExtras, type AddedWidget } from "../scripted";
import type { WidgetProps } from "./useWidget";
import { OtherWidget } from "./OtherWidget";

/** The widgets that scripts of packs added to a node, below its own. */
export function AddedWidgets({ id }: { id: string }) {
  const extras = useExtras(useEditor(), id);
  return extras?.added.map((widget) => <AddedRow key={widget.name} widget={widget} />);
}

function AddedRow({ widget }: { widget: AddedWidget }) {
  const { kind, label, value, choices, element, act } = widget;
  if (element) return <Element element={element} />;
  if (kind === "button") return <div className="widget"><button type="button" className="small-button nodrag" onClick={() => act(value)}>{label}</button></div>;
  return (
    <label className="widget added-widget nodrag">
      <span className="widget-label">{label}</span>
      {kind === "toggle" && <input type="checkbox" checked={Boolean(value)} onChange={(event) => act(event.target.checked)} />}
      {kind === "combo" && <select className="field" value={String(value)} onChange={(event) => act(event.target.value)}>{choices.map((choice) => <option key={choice}>{choice}</option>)}</select>}
      {kind === "number" && <input className="field" type="number" value={Number(value)} onChange={(event) => act(event.target.valueAsNumber)} />}
      {kind === "text" && <input className="field" type="text" value={typeof value === "string" ? value : JSON.stringify(value)} onChange={(event) => act(event.target.value)} />}
    </label>
  );
}

/** A widget of an input whose type a script draws; until it does, the value. */
export function ScriptedWidget(props: WidgetProps) {
  const element = useExtras(useEditor(), props.node)?.elementFor(props.widget.name);
  if (!element) return <OtherWidget {...props} />;
  return (
    <div className="scripted-widget">
      <span className="widget-label">{props.label}</span>
      <Element element={element} />
    </div>
  );
}

/** An element of a script, where React leaves it alone. */
function Element({ element }: { element: HTMLElement }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.replaceChildren(element), [element]);
  return <div ref={place} className="script-element nodrag nowheel" onKeyDown={(event) => event.stopPropagation()} />;
}
