import { useEffect, useRef } from "react";
import { notify } from "../notify";
import type { PackPanel } from "../packPanels";

/** What a pack's script draws. One that fails is reported by its title. */
export function PackPanelContent({ panel }: { panel: PackPanel }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const attempt = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        notify({ kind: "bad", text: `${panel.title}: ${error instanceof Error ? error.message : String(error)}` });
      }
    };
    const element = box.current;
    if (element) attempt(() => panel.render(element));
    return () => attempt(() => panel.destroy?.());
  }, [panel]);
  return <div ref={box} className="drawer-scroll pack-panel" />;
}
