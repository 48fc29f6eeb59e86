import { useEffect, useState } from "react";
import { useText } from "../../i18n";
import { loadTemplates, openTemplate, type Template } from "../templates";
import { TemplateDrawing } from "./TemplateDrawing";
import "./WorkflowsDrawer.css";

/** The workflows that ship, and those that packs bring, with their pictures. */
export function Templates({ onOpen }: { onOpen?: () => void }) {
  const t = useText();
  const templates = useTemplates();
  return (
    <ul className="templates" aria-label={t("files.templates")}>
      {templates.map((template) => (
        <li key={template.id}>
          <TemplateCard template={template} onOpen={onOpen} />
        </li>
      ))}
    </ul>
  );
}

export function TemplateCard({ template, onOpen }: { template: Template; onOpen: (() => void) | undefined }) {
  return (
    <button
      type="button"
      className="template"
      title={template.description}
      onClick={() => {
        onOpen?.();
        void openTemplate(template);
      }}
    >
      {template.picture ? <img className="template-picture" src={template.picture} alt="" loading="lazy" /> : <TemplateDrawing template={template} />}
      <span className="template-name clip">{template.title}</span>
    </button>
  );
}

export function useTemplates(): readonly Template[] {
  const [templates, setTemplates] = useState<readonly Template[]>([]);
  useEffect(() => void loadTemplates().then(setTemplates), []);
  return templates;
}
