import { useText } from "../../i18n";
import { useActions, type Action } from "../actions";
import { showPanel } from "../panels";
import { Dialog } from "./Dialog";
import { Keys } from "./Keys";
import "./Palette.css";

const GROUPS: readonly Action["group"][] = ["run", "edit", "view", "files", "extensions"];

/** Every key there is. */
export default function KeySheet() {
  const t = useText();
  const actions = [...useActions((state) => state.all).values()].filter((action) => action.keys?.length);
  return (
    <Dialog title={t("shell.keys")} onClose={() => showPanel({ dialog: null })} kind="wide">
      <div className="key-sheet">
        {GROUPS.map((group) => {
          const members = actions.filter((action) => action.group === group);
          if (members.length === 0) return null;
          return (
            <section key={group}>
              <h3>{t(`palette.groups.${group}`)}</h3>
              {members.map((action) => (
                <div key={action.id} className="key-row">
                  <span>{action.title()}</span>
                  <Keys keys={action.keys?.[0] ?? ""} />
                </div>
              ))}
            </section>
          );
        })}
      </div>
    </Dialog>
  );
}
