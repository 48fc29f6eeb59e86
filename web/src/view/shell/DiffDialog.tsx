import { useEffect, useState } from "react";
import { api } from "../../api/client";
import { useText } from "../../i18n";
import { attempt } from "../notify";
import { goTo } from "../going";
import { showPanel, usePanels } from "../panels";
import { Dialog } from "./Dialog";
import "./DiffDialog.css";

interface Change {
  kind: string;
  node: string;
  sentence: string;
  input: string;
  before: unknown;
  after: unknown;
}

const SIGNS: Record<string, string> = { node_added: "+", node_removed: "−", moved: "→" };

/** What changed between two workflows, node by node. */
export default function DiffDialog() {
  const t = useText();
  const diff = usePanels((panels) => panels.diff);
  const [changes, setChanges] = useState<Change[] | null>(null);
  useEffect(() => {
    if (!diff) return;
    const { before, after } = diff;
    void attempt(() => api.http.post<{ changes: Change[] }>("/v1/workflows/diff", { before, after })).then((found) => setChanges(found?.changes ?? []));
  }, [diff]);
  if (!diff) return null;
  const close = () => showPanel({ diff: null });
  const go = (node: string) => {
    close();
    goTo(node);
  };
  return (
    <Dialog title={t("files.diff", { title: diff.title })} onClose={close} kind="wide">
      {changes?.length === 0 && <p className="empty">{t("files.same")}</p>}
      <ul className="list">
        {changes?.map((change, at) => (
          <li key={at}>
            <button type="button" className={`change ${change.kind}`} onClick={() => go(change.node)}>
              <span className="change-sign" aria-hidden="true">
                {SIGNS[change.kind] ?? "~"}
              </span>
              <span>{change.sentence}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
