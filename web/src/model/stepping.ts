/** What a controlled value becomes after a run. */

import type { Json } from "./json";
import type { Widget } from "./widgets";

/** The field's own bound for random and stepped numbers. */
const LIMIT = 1125899906842624;

/** The next value of a widget whose control says so; undefined if it stays. `random` gives 0 up to, not including, 1. */
export function stepped(widget: Widget, value: Json, control: Json, filter: Json, random: () => number): Json | undefined {
  const mode = control === true ? "randomize" : control;
  if (widget.choices) return nextChoice(filtered(widget.choices, filter), value, mode, random);
  if (typeof value !== "number" || !widget.input) return undefined;
  const { options } = widget.input;
  const [min, max] = [Math.max(options.min ?? 0, -LIMIT), Math.min(options.max ?? LIMIT, LIMIT)];
  const step = options.step && options.step > 0 ? options.step : 1;
  if (mode === "increment") return Math.min(value + step, max);
  if (mode === "decrement") return Math.max(value - step, min);
  if (mode === "randomize") return min + Math.floor(random() * Math.floor((max - min) / step + 1)) * step;
  return undefined;
}

function filtered(choices: readonly Json[], filter: Json): readonly Json[] {
  if (typeof filter !== "string" || filter === "") return choices;
  const wanted = /^\/(.*)\/([a-z]*)$/.exec(filter);
  const test = wanted ? patternOf(wanted[1] ?? "", wanted[2] ?? "") : (text: string) => text.toLowerCase().includes(filter.toLowerCase());
  return choices.filter((choice) => typeof choice === "string" && test(choice));
}

function patternOf(source: string, flags: string): (text: string) => boolean {
  try {
    const pattern = new RegExp(source, flags.replace("g", ""));
    return (text) => pattern.test(text);
  } catch {
    return () => true; // half a pattern filters nothing
  }
}

function nextChoice(choices: readonly Json[], value: Json, mode: Json, random: () => number): Json | undefined {
  if (choices.length === 0) return undefined;
  const at = choices.indexOf(value);
  switch (mode) {
    case "increment":
      return choices[Math.min(at + 1, choices.length - 1)];
    case "increment-wrap":
      return choices[(at + 1) % choices.length];
    case "decrement":
      return choices[Math.max(at - 1, 0)];
    case "randomize":
      return choices[Math.floor(random() * choices.length)];
    default:
      return undefined;
  }
}
