import { useCallback, useEffect, useState } from "react";
import { api } from "../../api/client";
import type { UserFile } from "../../api/wire";
import { useText } from "../../i18n";
import { chooseFiles, WORKFLOW_FILES } from "../files";
import { attempt, notify } from "../notify";
import { newWorkflow, openFiles, openSaved } from "../opening";
import { downloadActive } from "../saving";
import { useSession } from "../session";
import { compareWithSaved } from "../comparing";
import { IconButton } from "./IconButton";
import { Templates } from "./Templates";
import "./WorkflowsDrawer.css";


const RECENT = 5;

/** The saved workflows, the latest first; below, those that ship. */
export default function WorkflowsDrawer() {
  const t = useText();
  const [files, reload] = useSaved();
  const [words, setWords] = useState("");
  const shown = (files ?? []).filter((file) => file.path.toLowerCase().includes(words.toLowerCase()));
  const recent = words === "" && shown.length > RECENT ? shown.slice(0, RECENT) : [];
  const rest = [...shown].sort((one, other) => one.path.localeCompare(other.path));
  return (
    <>
      <div className="drawer-tools">
        <button type="button" className="button spacer" onClick={() => newWorkflow()}>
          {t("files.new")}
        </button>
        <button type="button" className="button spacer" onClick={() => void chooseFiles(WORKFLOW_FILES).then(openFiles)}>
          {t("files.open")}
        </button>
        <IconButton icon="download" label={t("files.download")} onClick={downloadActive} />
      </div>
      <div className="drawer-tools">
        <input className="field" type="search" placeholder={t("files.search")} aria-label={t("files.search")} value={words} onChange={(event) => setWords(event.target.value)} />
      </div>
      <div className="drawer-scroll">
        {files?.length === 0 && <p className="empty">{t("files.none")}</p>}
        {recent.length > 0 && <h3>{t("files.recent")}</h3>}
        <FileList files={recent} reload={reload} />
        {recent.length > 0 && <h3>{t("files.all")}</h3>}
        <FileList files={rest} reload={reload} />
        <h3>{t("files.templates")}</h3>
        <Templates />
      </div>
    </>
  );
}

function FileList({ files, reload }: { files: readonly UserFile[]; reload: () => void }) {
  const t = useText();
  const open = useSession((session) => session.tabs.map((tab) => tab.path).join("\n"));
  const isOpen = (path: string) => open.split("\n").includes(path);
  const remove = (path: string) =>
    void attempt(async () => {
      const text = await api.workflows.read(path);
      await api.workflows.delete(path);
      const undo = () => void attempt(() => api.workflows.save(path, text, false)).then(reload);
      notify({ kind: "info", text: t("files.deleted", { path }), action: { label: t("edit.undo"), run: undo } });
      reload();
    });
  return (
    <ul className="list">
      {files.map(({ path }) => (
        <li key={path} className="item">
          <button type="button" className="item-main clip" title={path} onClick={() => void openSaved(path)}>
            {path.replace(/\.json$/, "")}
          </button>
          {isOpen(path) && <IconButton icon="diff" size={16} label={t("files.compare", { path })} onClick={() => void compareWithSaved(path)} />}
          <IconButton icon="trash" size={16} label={t("files.delete", { path })} onClick={() => remove(path)} />
        </li>
      ))}
    </ul>
  );
}

function useSaved(): [UserFile[] | null, () => void] {
  const [files, setFiles] = useState<UserFile[] | null>(null);
  const paths = useSession((session) => session.tabs.map((tab) => tab.path).join());
  const reload = useCallback(() => void attempt(() => api.workflows.list()).then((found) => setFiles(found ?? [])), []);
  useEffect(reload, [reload, paths]);
  return [files, reload];
}
