import { Canvas } from "./canvas/Canvas";
import type { Tab } from "./session";

/** The canvas of a tab. */
export function CanvasView({ tab }: { tab: Tab }) {
  return <Canvas editor={tab.workflow.editor} run={tab.run} />;
}
