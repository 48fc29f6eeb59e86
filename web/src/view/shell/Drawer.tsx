import { lazy, Suspense, type ReactNode } from "react";
import { useText } from "../../i18n";
import { usePackPanels } from "../packPanels";
import { DRAWERS, showPanel, usePanels, type Drawer as Name } from "../panels";
import { IconButton } from "./IconButton";
import { NodesDrawer } from "./NodesDrawer";
import { PackPanelContent } from "./PackPanelContent";
import { QueueDrawer } from "./QueueDrawer";
import "./Drawer.css";

const WorkflowsDrawer = lazy(() => import("./WorkflowsDrawer"));
const GalleryDrawer = lazy(() => import("./GalleryDrawer"));
const ModelsDrawer = lazy(() => import("./ModelsDrawer"));

const CONTENT: Record<Name, () => ReactNode> = {
  nodes: () => <NodesDrawer />,
  workflows: () => <WorkflowsDrawer />,
  queue: () => <QueueDrawer />,
  gallery: () => <GalleryDrawer />,
  models: () => <ModelsDrawer />,
};

/** What the rail opens: one panel beside the canvas, or over it where there is little room. */
export function Drawer() {
  const t = useText();
  const drawer = usePanels((panels) => panels.drawer);
  const pack = usePackPanels(({ panels }) => panels.find(({ id }) => drawer === `pack:${id}`));
  const own = DRAWERS.find((name) => name === drawer);
  if (!own && !pack) return null;
  const title = own ? t(`shell.${own}`) : pack?.title;
  return (
    <aside className="drawer" aria-label={title}>
      <header className="drawer-head">
        <h2>{title}</h2>
        <IconButton icon="close" label={t("shell.close")} onClick={() => showPanel({ drawer: null })} />
      </header>
      <Suspense fallback={<p className="empty">{t("shell.loading")}</p>}>{own && CONTENT[own]()}</Suspense>
      {pack && <PackPanelContent key={pack.id} panel={pack} />}
    </aside>
  );
}
