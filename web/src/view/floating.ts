import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";

const MARGIN = 8;

/** A box at a place of the window: kept inside the window, whatever its size, and closed by a press elsewhere. */
export function useFloating(x: number, y: number, onClose: () => void): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!box.current) return;
    const { width, height } = box.current.getBoundingClientRect();
    box.current.style.left = `${inside(x, width, innerWidth)}px`;
    box.current.style.top = `${inside(y, height, innerHeight)}px`;
  }, [x, y]);
  useOutsidePress(box, onClose);
  return box;
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
