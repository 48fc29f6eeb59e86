/**
 * Which nodes are drawn in full. From afar none is: the picture of them all stands for them (FarPicture.tsx).
 *
 * When the view comes near, or goes away, many nodes change at once, which would hold up a frame for as long as all of them
 * take. So each has its turn, a few in every frame; until then its part of the picture stands for it.
 */

import { createContext, useContext, useLayoutEffect, useState, useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

const SHARE = 6; // ms of a frame for nodes that change
const AT_ONCE = { first: 40, later: 4 }; // ms of a frame for nodes that come into a near view, at first and while it moves
const FIRST = 300; // ms: what comes so soon belongs to the first picture
const FRAME = 14; // ms: what comes later than that belongs to another frame
const STEPS = 8; // frames over which wires come

type Listener = () => void;

export class Detail {
  isNear: boolean;
  /** How many of the wires are parts of the page, from 0 to 1: near, once the nodes are. */
  wires: number;
  /** Whether nodes are no parts of the page at all: far away, once none is drawn in full. */
  isFar: boolean;
  /** Nodes that wait for their turn: what each does then. */
  private readonly waiting = new Map<string, Listener>();
  private readonly followers = new Map<string, Listener>();
  private readonly listeners = new Set<Listener>();
  /** The nodes that are drawn in full. */
  readonly full = new Set<string>();
  private frame = 0;
  private began = -Infinity;
  private made: number | null = null;

  constructor(isNear: boolean) {
    this.isNear = isNear;
    this.isFar = !isNear;
    this.wires = isNear ? 1 : 0;
  }

  /** Whether all nodes are as the view wants them. */
  get isSettled(): boolean {
    return this.waiting.size === 0;
  }

  want(isNear: boolean): void {
    if (isNear === this.isNear) return;
    this.isNear = isNear;
    if (isNear) this.isFar = false;
    else this.wires = 0;
    for (const [id, change] of this.followers) this.ask(id, change);
    this.tell();
    if (this.frame === 0) this.frame = requestAnimationFrame(this.begin); // this one puts nodes into the page, or takes wires from it
  }

  /** Whether a node that comes into view is drawn in full at once. */
  grant(): boolean {
    const now = performance.now();
    if (this.made === null) this.made = now;
    if (now - this.began > FRAME) this.began = now;
    return this.isNear && now - this.began < (now - this.made < FIRST ? AT_ONCE.first : AT_ONCE.later);
  }

  /** Has a node follow the view; it is asked to change when its turn has come. */
  follow(id: string, isFull: boolean, change: Listener): Listener {
    this.followers.set(id, change);
    this.note(id, isFull);
    if (isFull !== this.isNear) {
      this.ask(id, change);
      this.goOn();
    }
    return () => {
      this.followers.delete(id);
      this.waiting.delete(id);
      this.note(id, false);
      this.tell();
    };
  }

  readonly listen = (listener: Listener): Listener => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private note(id: string, isFull: boolean): void {
    if (isFull) this.full.add(id);
    else this.full.delete(id);
  }

  private ask(id: string, change: Listener): void {
    if (this.full.has(id) === this.isNear) this.waiting.delete(id);
    else this.waiting.set(id, change);
  }

  private goOn(): void {
    const isDone = this.isSettled && (this.isNear ? this.wires === 1 : this.isFar);
    if (!isDone && this.frame === 0) this.frame = requestAnimationFrame(this.turn);
  }

  private readonly begin = (): void => {
    this.frame = 0;
    this.goOn();
  };

  private readonly turn = (): void => {
    this.frame = 0;
    if (this.isSettled) {
      this.wires = this.isNear ? Math.min(1, this.wires + 1 / STEPS) : 0;
      this.isFar = !this.isNear;
    }
    const end = performance.now() + SHARE;
    for (const [id, change] of this.waiting) {
      this.waiting.delete(id);
      this.note(id, this.isNear);
      flushSync(change);
      if (performance.now() >= end) break;
    }
    this.goOn();
    this.tell();
  };

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

export const DetailContext = createContext(new Detail(true));

/** Whether a node is drawn in full now. */
export function useIsFull(id: string): boolean {
  const detail = useContext(DetailContext);
  const [isFull, setFull] = useState(() => detail.grant());
  useLayoutEffect(() => detail.follow(id, isFull, () => setFull(detail.isNear)), [detail, id]); // eslint-disable-line react-hooks/exhaustive-deps -- what it is at first
  return isFull;
}

/** What a view asks of the detail, followed. */
export function useDetail<T extends "wires" | "isFar">(detail: Detail, name: T): Detail[T] {
  return useSyncExternalStore(detail.listen, () => detail[name]);
}
