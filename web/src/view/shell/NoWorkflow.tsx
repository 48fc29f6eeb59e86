import { useText } from "../../i18n";
import { newWorkflow } from "../opening";
import { Templates } from "./Templates";
import "./NoWorkflow.css";

/** Where no workflow is open: ways to begin. */
export function NoWorkflow() {
  const t = useText();
  return (
    <div className="no-workflow">
      <h1>{t("files.startFrom")}</h1>
      <button type="button" className="button primary" onClick={() => newWorkflow()}>
        {t("files.new")}
      </button>
      <Templates />
    </div>
  );
}
