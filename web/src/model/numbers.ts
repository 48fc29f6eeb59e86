/** Numbers as they are typed: plain, or as arithmetic (`512*1.5`, `(64+8)/2`, `2^10`). */

/** The value of an expression; null if it is none. Only numbers, + - * / % ^, brackets and spaces mean something. */
export function evaluate(text: string): number | null {
  const tokens = text.replaceAll(",", ".").match(/\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[-+*/%^()]|\S/g) ?? [];
  let at = 0;

  function sum(): number {
    let value = product();
    for (let sign = tokens[at]; sign === "+" || sign === "-"; sign = tokens[at]) {
      at++;
      value = sign === "+" ? value + product() : value - product();
    }
    return value;
  }

  function product(): number {
    let value = power();
    for (let sign = tokens[at]; sign === "*" || sign === "/" || sign === "%"; sign = tokens[at]) {
      at++;
      const right = power();
      value = sign === "*" ? value * right : sign === "/" ? value / right : value % right;
    }
    return value;
  }

  function power(): number {
    if (tokens[at] === "-") {
      at++;
      return -power();
    }
    const base = atom();
    if (tokens[at] !== "^") return base;
    at++;
    return base ** power();
  }

  function atom(): number {
    const token = tokens[at++];
    if (token !== "(") return token === undefined ? NaN : Number(token);
    const value = sum();
    return tokens[at++] === ")" ? value : NaN;
  }

  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? value : null;
}

export interface Limits {
  min?: number | undefined;
  max?: number | undefined;
  step?: number | undefined;
  round?: number | false | undefined;
  isInt: boolean;
}

/** A value within limits, on the grid of its steps (whose origin is the least value). */
export function clamp(value: number, { min, max, step, round, isInt }: Limits): number {
  const grid = isInt ? (step && step > 1 ? step : 1) : round === false ? 0 : (round ?? 0);
  const origin = isInt && min !== undefined && Number.isSafeInteger(min) ? min : 0;
  const onGrid = grid > 0 ? origin + Math.round((value - origin) / grid) * grid : value;
  const tidy = isInt ? Math.round(onGrid) : Number(onGrid.toPrecision(12));
  return Math.min(Math.max(tidy, min ?? -Infinity), max ?? Infinity);
}

/** How far one step goes: the declared step, else 1 or a tenth. */
export function stepSize({ step, isInt }: Limits): number {
  return step && step > 0 ? step : isInt ? 1 : 0.1;
}

/** A number as a widget shows it: with as many places as its steps need. */
export function shown(value: number, { step, round, isInt }: Limits): string {
  if (isInt) return String(value);
  const finest = Math.min(step && step > 0 ? step : 0.1, round ? round : 1);
  const places = Math.min(6, Math.max(1, Math.ceil(-Math.log10(finest) - 1e-9)));
  const fixed = value.toFixed(places);
  return Math.abs(Number(fixed) - value) < 1e-9 ? fixed : String(Number(value.toPrecision(7)));
}
