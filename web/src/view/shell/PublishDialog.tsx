import { useState } from "react";
import { useText } from "../../i18n";
import { publish, publishable } from "../blueprints";
import { showPanel } from "../panels";
import { SaveForm } from "./SaveForm";

/** Asks under which name to publish the selected subgraph, and what it does. */
export default function PublishDialog() {
  const t = useText();
  const [found] = useState(publishable);
  const [description, setDescription] = useState(found?.description ?? "");
  if (!found) return null;
  return (
    <SaveForm
      title={t("nodes.publish")}
      name={found.title}
      verb={t("nodes.publishIt")}
      taken={(name) => t("nodes.taken", { name })}
      save={(name, overwrite) => publish(found.id, name, description.trim(), overwrite)}
      onClose={() => showPanel({ dialog: null })}
    >
      <textarea className="field" rows={3} aria-label={t("nodes.description")} placeholder={t("nodes.description")} value={description} onChange={(event) => setDescription(event.target.value)} />
    </SaveForm>
  );
}
