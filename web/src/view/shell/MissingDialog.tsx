import { useText } from "../../i18n";
import { showPanel } from "../panels";
import { useActiveTab } from "../session";
import { Dialog } from "./Dialog";
import "./SettingsDialog.css";

/** What this server lacks for the active workflow: node types with their packs, models with names that come near. */
export default function MissingDialog() {
  const t = useText();
  const tab = useActiveTab();
  if (!tab) return null;
  const { nodes, models } = tab.workflow.missing();
  return (
    <Dialog title={t("missing.title")} onClose={() => showPanel({ dialog: null })}>
      <div className="missing">
        {nodes.length > 0 && <h3>{t("missing.nodes")}</h3>}
        <ul hidden={nodes.length === 0}>
          {nodes.map(({ type, pack, count }) => (
            <li key={type}>
              <strong>{type}</strong> × {count} {pack && <span className="muted">{t("missing.pack", { pack })}</span>}
            </li>
          ))}
        </ul>
        {models.length > 0 && <h3>{t("missing.models")}</h3>}
        <ul hidden={models.length === 0}>
          {models.map(({ id, title, input, value, near }) => (
            <li key={`${id} ${input}`}>
              <strong>{value}</strong> <span className="muted">{title} › {input}</span>
              {near.map((name) => (
                <div key={name}>
                  <button
                    type="button"
                    className="button"
                    onClick={() => {
                      tab.workflow.setValue(id, input, name);
                      showPanel({ dialog: tab.workflow.missing().models.length > 0 ? "missing" : null });
                    }}
                  >
                    {t("missing.use", { name })}
                  </button>
                </div>
              ))}
            </li>
          ))}
        </ul>
        {nodes.length + models.length === 0 && <p className="empty">{t("missing.nothing")}</p>}
        {nodes.length > 0 && <p className="muted">{t("missing.kept")}</p>}
      </div>
    </Dialog>
  );
}
