import { useEffect } from "react";
import { useText } from "../../i18n";
import { closeTab, useActiveTab, useSession } from "../session";
import { TemplateCard, useTemplates } from "./Templates";
import { IconButton } from "./IconButton";
import "./TemplateStrip.css";

const end = () => useSession.setState({ isFresh: false });

/** On the first visit: templates along the lower edge, gone at the first edit, and once something else is open. */
export function TemplateStrip() {
  const t = useText();
  const templates = useTemplates();
  const tab = useActiveTab();
  const isFresh = useSession((session) => session.isFresh && session.tabs.length === 1);
  useEffect(() => (isFresh && tab ? tab.workflow.subscribe(() => tab.workflow.revision() !== tab.savedRevision && end()) : undefined), [isFresh, tab]);
  if (!isFresh || templates.length === 0) return null;
  const replace = () => {
    if (tab) closeTab(tab.id);
    end();
  };
  return (
    <section className="strip" aria-label={t("files.templates")}>
      <div className="strip-head">
        <span className="muted">{t("files.startFrom")}</span>
        <IconButton icon="close" size={14} label={t("shell.close")} onClick={end} />
      </div>
      <ul>
        {templates.slice(0, 10).map((template) => (
          <li key={template.id}>
            <TemplateCard template={template} onOpen={replace} />
          </li>
        ))}
      </ul>
    </section>
  );
}
