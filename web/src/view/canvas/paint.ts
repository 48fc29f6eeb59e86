/** Boxes, curves and titles on a canvas element, in colours as stylesheets write them. */

export interface BoxStyle {
  fill: string;
  alpha: number;
  outline: string | null;
}

export interface TextPlace {
  x: number;
  y: number;
  width: number;
  size: number;
  colour: string;
}

interface Point {
  x: number;
  y: number;
}

const ROUND_FROM = 40; // px: the corners of a narrower box are not seen

export class Paint {
  private readonly colours = new Map<string, string>();
  /** Text -> its width at a size of one pixel. */
  private readonly widths = new Map<string, number>();
  private readonly font: string;

  constructor(private readonly element: HTMLCanvasElement, private readonly context: CanvasRenderingContext2D) {
    this.font = getComputedStyle(element).fontFamily;
  }

  /** Has colours of the theme be looked up again. */
  forget(): void {
    this.colours.clear();
  }

  clear(): void {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.element.width, this.element.height);
  }

  /** An empty sheet of this size, in pixels of the page. */
  begin({ width, height }: { width: number; height: number }): void {
    const sharp = devicePixelRatio;
    const [wide, high] = [Math.round(width * sharp), Math.round(height * sharp)];
    if (this.element.width !== wide || this.element.height !== high) Object.assign(this.element, { width: wide, height: high });
    this.clear();
    this.context.setTransform(sharp, 0, 0, sharp, 0, 0);
    this.context.textBaseline = "top";
  }

  box({ x, y, width, height }: { x: number; y: number; width: number; height: number }, { fill, alpha, outline }: BoxStyle): void {
    const { context } = this;
    context.globalAlpha = alpha;
    context.fillStyle = this.colour(fill);
    if (width < ROUND_FROM) context.fillRect(x, y, width, height);
    else {
      context.beginPath();
      context.roundRect(x, y, width, height, 3);
      context.fill();
    }
    context.globalAlpha = 1;
    if (outline === null) return;
    Object.assign(context, { strokeStyle: this.colour(outline), lineWidth: 2 });
    context.strokeRect(x - 1, y - 1, width + 2, height + 2);
  }

  /** Bézier curves of four points each, as one line: a line for each would take twice as long. */
  curves(curves: readonly (readonly Point[])[], colour: string): void {
    const { context } = this;
    Object.assign(context, { strokeStyle: this.colour(colour), lineWidth: 1, globalAlpha: 0.75 });
    context.beginPath();
    for (const [from, first, second, to] of curves) {
      if (!from || !first || !second || !to) continue;
      context.moveTo(from.x, from.y);
      context.bezierCurveTo(first.x, first.y, second.x, second.y, to.x, to.y);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  /** One line, cut off where it does not fit. */
  text(text: string, { x, y, width, size, colour }: TextPlace): void {
    const { context } = this;
    context.font = `600 ${size}px ${this.font}`;
    let wide = this.widths.get(text);
    if (wide === undefined) this.widths.set(text, (wide = context.measureText(text).width / size));
    const room = Math.floor((text.length * width) / (wide * size));
    context.fillStyle = this.colour(colour);
    if (room >= text.length) context.fillText(text, x, y);
    else if (room > 2) context.fillText(`${text.slice(0, room - 1).trimEnd()}…`, x, y);
  }

  private colour(written: string): string {
    let known = this.colours.get(written);
    if (known === undefined) {
      this.element.style.color = written;
      known = getComputedStyle(this.element).color;
      this.colours.set(written, known);
    }
    return known;
  }
}
