import { lazy, Suspense, type ComponentType } from "react";
import { useText } from "../i18n";
import { usePanels, type Dialog } from "./panels";
import { useActiveTab } from "./session";
import { useUserChoice } from "./user";
import { dropOnCanvas, allowDrop } from "./dropping";
import { CanvasView } from "./CanvasView";
import { Bar } from "./shell/Bar";
import { Connection } from "./shell/Connection";
import { Drawer } from "./shell/Drawer";
import { Inspector } from "./shell/Inspector";
import Palette from "./shell/Palette";
import { NoWorkflow } from "./shell/NoWorkflow";
import { ProblemsPanel } from "./shell/ProblemsPanel";
import { Rail } from "./shell/Rail";
import { TemplateStrip } from "./shell/TemplateStrip";
import { Toasts } from "./shell/Toasts";
import "./shell/controls.css";
import "./App.css";

const DIALOGS: Record<Dialog, ComponentType> = {
  palette: Palette, // at once: who opens it goes on typing
  keys: lazy(() => import("./shell/KeySheet")),
  settings: lazy(() => import("./shell/SettingsDialog")),
  save: lazy(() => import("./shell/SaveDialog")),
  publish: lazy(() => import("./shell/PublishDialog")),
  missing: lazy(() => import("./shell/MissingDialog")),
};
const UserDialog = lazy(() => import("./shell/UserDialog"));
const Viewer = lazy(() => import("./shell/Viewer"));
const DiffDialog = lazy(() => import("./shell/DiffDialog"));

/** The frame: bar above, rail and drawer left, canvas, inspector right. */
export function App() {
  const t = useText();
  const tab = useActiveTab();
  return (
    <div className="app">
      <Bar />
      <Rail />
      <Drawer />
      <main aria-label={t("shell.canvas")} onDragOver={allowDrop} onDrop={dropOnCanvas}>
        <div className="stage">
          {tab ? <CanvasView key={tab.id} tab={tab} /> : <NoWorkflow />}
          <TemplateStrip />
          <Connection />
        </div>
        <ProblemsPanel />
      </main>
      <Inspector />
      <Toasts />
      <Overlays />
    </div>
  );
}

function Overlays() {
  const dialog = usePanels((panels) => panels.dialog);
  const hasViewer = usePanels((panels) => panels.viewer !== null);
  const hasDiff = usePanels((panels) => panels.diff !== null);
  const isAsking = useUserChoice((choice) => choice.users !== null);
  const Shown = dialog && DIALOGS[dialog];
  return (
    <Suspense>
      {Shown && <Shown />}
      {hasViewer && <Viewer />}
      {hasDiff && <DiffDialog />}
      {isAsking && <UserDialog />}
    </Suspense>
  );
}
