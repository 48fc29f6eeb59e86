import type { Tab } from "./session";

/** The canvas of a tab. */
export function CanvasView(_: { tab: Tab }) {
  return <div />;
}
