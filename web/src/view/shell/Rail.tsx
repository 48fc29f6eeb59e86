import { useText } from "../../i18n";
import { useJobs } from "../jobs";
import { usePackPanels } from "../packPanels";
import { DRAWERS, showPanel, toggleDrawer, usePanels } from "../panels";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";
import "./Rail.css";

/** The left edge: a button for each drawer. On a phone it lies at the bottom. */
export function Rail() {
  const t = useText();
  const drawer = usePanels((panels) => panels.drawer);
  const packs = usePackPanels(({ panels }) => panels);
  const waiting = useJobs((jobs) => jobs.open.length);
  return (
    <nav className="rail" aria-label={t("shell.rail")}>
      {DRAWERS.map((name) => (
        <button
          key={name}
          type="button"
          className="icon-button rail-button"
          aria-expanded={drawer === name}
          aria-label={t(`shell.${name}`)}
          title={t(`shell.${name}`)}
          onClick={() => toggleDrawer(name)}
        >
          <Icon name={name} size={20} />
          {name === "queue" && waiting > 0 && <span className="badge rail-badge">{waiting > 99 ? "99+" : waiting}</span>}
        </button>
      ))}
      {packs.map(({ id, title }) => (
        <button key={id} type="button" className="icon-button rail-button" aria-expanded={drawer === `pack:${id}`} aria-label={title} title={title} onClick={() => toggleDrawer(`pack:${id}`)}>
          {title.slice(0, 2)}
        </button>
      ))}
      <span className="spacer" />
      <IconButton icon="keyboard" size={20} label={t("shell.keys")} className="rail-button wide-only" onClick={() => showPanel({ dialog: "keys" })} />
      <IconButton icon="settings" size={20} label={t("shell.settings")} className="rail-button" onClick={() => showPanel({ dialog: "settings" })} />
    </nav>
  );
}
