import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";

const MARGIN = 8;

/** A box at a place of the window: kept inside the window, whatever becomes of the size of either, and closed by a press elsewhere. */
export function useFloating(x: number, y: number, onClose: () => void): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => (box.current ? keepInside(box.current, x, y) : undefined), [x, y]);
  useOutsidePress(box, onClose);
  return box;
}

/** Puts a box at a place, and moves it no further than it must, so that it does not jump while its list gets shorter. Gives what ends that. */
function keepInside(box: HTMLElement, x: number, y: number): () => void {
  let [left, top] = [x, y];
  const keep = () => {
    const { width, height } = box.getBoundingClientRect();
    [left, top] = [inside(left, width, innerWidth), inside(top, height, innerHeight)];
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
  };
  keep();
  const sizes = new ResizeObserver(keep);
  sizes.observe(box);
  window.addEventListener("resize", keep);
  return () => {
    sizes.disconnect();
    window.removeEventListener("resize", keep);
  };
}

/** Hears of presses outside a box, before what is pressed does. */
export function useOutsidePress(box: RefObject<HTMLElement | null>, act: () => void): void {
  useEffect(() => {
    const hear = (event: PointerEvent) => !box.current?.contains(event.target as Node) && act();
    window.addEventListener("pointerdown", hear, true);
    return () => window.removeEventListener("pointerdown", hear, true);
  }, [box, act]);
}

/** Where a box begins that should begin at `place`; one larger than the room begins at its start. */
export function inside(place: number, size: number, room: number): number {
  return Math.max(MARGIN, Math.min(place, room - size - MARGIN));
}
