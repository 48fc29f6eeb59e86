import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useText } from "../../i18n";
import { clamp, evaluate, shown, stepSize, type Limits } from "../../model/numbers";
import { SeedControl } from "./SeedControl";
import { useWidget, type WidgetProps } from "./useWidget";

const PIXELS = 6; // of a drag for one step

/** A number: dragging changes it (shift fine, ctrl coarse; a slider follows the pointer), a click types it, arrows step it; arithmetic is understood. */
export function NumberWidget({ node, widget, label }: WidgetProps) {
  const t = useText();
  const [value, set] = useWidget(node, widget);
  const [typed, type] = useState<string | null>(null); // what the field begins with
  const isBack = useRef(false); // whether the keyboard comes back from the field
  const drag = useRef<{ x: number; from: number; moved: boolean } | null>(null);
  const options = widget.input?.options ?? {};
  const limits: Limits = { min: options.min, max: options.max, step: options.step, round: options.round, isInt: widget.kind === "int" };
  const range = options.display === "slider" ? (options.max ?? 1) - (options.min ?? 0) : null;
  const number = typeof value === "number" ? value : Number(value);
  const isNumber = !Number.isNaN(number);
  const change = (next: number) => set(clamp(next, limits));
  const by = (event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }) => stepSize(limits) * (event.ctrlKey || event.metaKey ? 10 : event.shiftKey && !limits.isInt ? 0.1 : 1);

  function onPointerMove(event: PointerEvent): void {
    const held = drag.current;
    if (!held) return;
    const way = event.clientX - held.x;
    if (!held.moved && Math.abs(way) < 4) return;
    held.moved = true;
    const [step, width] = [by(event), event.currentTarget.getBoundingClientRect().width];
    change(held.from + Math.round(way / (range === null ? PIXELS : (width * step) / range)) * step);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const way = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (way !== undefined) change(number + way * by(event));
    else if (event.key === "Home" && limits.min !== undefined) change(limits.min);
    else if (event.key === "End" && limits.max !== undefined) change(limits.max);
    else if (event.key === "Enter" || event.key === "F2") type(isNumber ? String(number) : "");
    else if (/^[\d.(-]$/.test(event.key) && !event.ctrlKey && !event.metaKey) type(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const share = range !== null && isNumber ? (number - (options.min ?? 0)) / range : null;
  return (
    <div className="widget-box nodrag">
      {share !== null && <span className="slider" style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }} />}
      {typed !== null ? (
        <Field first={typed} isKept={typed !== String(number)} label={label} limits={limits} onDone={(next, byKey) => { if (next !== null) set(next); isBack.current = byKey; type(null); }} />
      ) : (
        <>
          <button type="button" className="stepper" tabIndex={-1} aria-label={t("widgets.less", { name: label })} onClick={(event) => change(number - by(event))}>‹</button>
          <div
            ref={(element) => { if (isBack.current) element?.focus(); isBack.current = false; }}
            className="number"
            role="spinbutton"
            tabIndex={0}
            aria-label={label}
            aria-valuenow={isNumber ? number : 0}
            aria-valuemin={options.min}
            aria-valuemax={options.max}
            onKeyDown={onKeyDown}
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              drag.current = { x: event.clientX, from: number, moved: false };
            }}
            onPointerMove={onPointerMove}
            onPointerUp={() => {
              if (drag.current && !drag.current.moved) type(isNumber ? String(number) : "");
              drag.current = null;
            }}
          >
            <span className="widget-label">{label}</span>
            <span className="widget-value">{isNumber ? shown(number, limits) : JSON.stringify(value)}</span>
          </div>
          <SeedControl node={node} controls={widget.name} limits={limits} onValue={set} />
          <button type="button" className="stepper" tabIndex={-1} aria-label={t("widgets.more", { name: label })} onClick={(event) => change(number + by(event))}>›</button>
        </>
      )}
    </div>
  );
}

interface FieldProps {
  first: string;
  /** Whether typing goes on behind the first text; else it takes its place. */
  isKept: boolean;
  label: string;
  limits: Limits;
  onDone: (value: number | null, byKey: boolean) => void;
}

function Field({ first, isKept, label, limits, onDone }: FieldProps) {
  const read = (text: string) => {
    const found = evaluate(text);
    return found === null ? null : clamp(found, limits);
  };
  return (
    <input
      className="number-field"
      defaultValue={first}
      aria-label={label}
      inputMode="decimal"
      autoFocus
      onFocus={(event) => { if (!isKept) event.target.select(); }}
      onBlur={(event) => onDone(read(event.target.value), false)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") onDone(read(event.currentTarget.value), true);
        else if (event.key === "Escape") onDone(null, true);
      }}
    />
  );
}
