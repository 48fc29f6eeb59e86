import { useStore } from "zustand";
import { useText } from "../../i18n";
import { hasDetails } from "../../model/run";
import type { Tab } from "../session";

interface Declaration {
  display_name?: string;
  description?: string;
  category?: string;
  python_module?: string;
  input?: Record<string, Record<string, [unknown, { tooltip?: string }?]>>;
  output?: unknown[];
  output_name?: string[];
  output_tooltips?: (string | null)[];
}

/** A node's help: what it does, and what each input and output is; from its declaration. */
export function NodeHelp({ tab, id, declaration }: { tab: Tab; id: string; declaration: unknown }) {
  const t = useText();
  const run = useStore(tab.run, (state) => state.nodes.get(id));
  const node = (declaration ?? {}) as Declaration;
  const inputs = [...Object.entries(node.input?.required ?? {}), ...Object.entries(node.input?.optional ?? {})];
  return (
    <div className="help">
      <strong>{tab.workflow.titleOf(id)}</strong>
      <div className="muted small">
        {[node.category, packOf(node), `#${id}`].filter(Boolean).join(" · ")}
      </div>
      {node.description && <p>{node.description}</p>}
      {declaration === undefined && <p className="bad">{t("inspector.unknown", { type: tab.workflow.typeOf(id) })}</p>}
      {run?.took !== null && run?.took !== undefined && <p className="muted">{t("inspector.took", { seconds: (run.took / 1000).toFixed(2) })}</p>}
      {run?.failures.map((failure, at) => (
        <p key={at} className="bad">
          {failure.message} {hasDetails(failure) && failure.details}
        </p>
      ))}
      {inputs.length > 0 && <h3>{t("inspector.inputs")}</h3>}
      <dl hidden={inputs.length === 0}>
        {inputs.map(([name, [type, options]]) => (
          <Term key={name} name={name} type={typeof type === "string" ? type : t("inspector.choice")} text={options?.tooltip ?? ""} />
        ))}
      </dl>
      {(node.output?.length ?? 0) > 0 && <h3>{t("inspector.outputs")}</h3>}
      <dl hidden={!node.output?.length}>
        {node.output?.map((type, at) => <Term key={at} name={node.output_name?.[at] ?? String(type)} type={String(type)} text={node.output_tooltips?.[at] ?? ""} />)}
      </dl>
    </div>
  );
}

/** The pack that a node comes with; those that ship come with none. */
function packOf({ python_module = "" }: Declaration): string {
  const [place, pack] = python_module.split(".");
  return place === "custom_nodes" ? (pack ?? "") : "";
}

function Term({ name, type, text }: { name: string; type: string; text: string }) {
  return (
    <>
      <dt>
        {name} <span className="muted small">{type}</span>
      </dt>
      <dd>{text}</dd>
    </>
  );
}
