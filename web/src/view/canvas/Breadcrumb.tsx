import { useText } from "../../i18n";
import { definitionOf, indexOf } from "../../model/graph";
import { useEditor, useEditorState } from "./context";

/** The way from the workflow into the subgraph that is shown. */
export function Breadcrumb() {
  const t = useText();
  const { commands } = useEditor();
  const path = useEditorState((state) => state.path);
  const root = useEditorState((state) => state.document.root);
  if (path.length === 0) return null;
  const names: string[] = [];
  let graph = root;
  for (const id of path) {
    const node = indexOf(graph).nodes.get(id);
    const definition = definitionOf(root, node?.type ?? "");
    names.push(node?.title ?? definition?.name ?? id);
    if (definition) graph = definition;
  }
  return (
    <nav className="breadcrumb" aria-label={t("canvas.path")}>
      <button type="button" onClick={() => commands.leave(0)}>{t("canvas.root")}</button>
      {names.map((name, at) => (
        <span key={at}>
          <span aria-hidden="true"> › </span>
          <button type="button" aria-current={at === names.length - 1 ? "page" : undefined} onClick={() => commands.leave(at + 1)}>{name}</button>
        </span>
      ))}
    </nav>
  );
}
