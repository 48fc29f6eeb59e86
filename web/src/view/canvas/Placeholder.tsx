import { useText } from "../../i18n";
import { packOf } from "../../model/problems";
import { useEditor, useNodeJson } from "./context";

/** The body of a node that this server lacks, or knows in a later version: what the matter is, and every value of the file. */
export function Placeholder({ id, isOlder }: { id: string; isOlder: boolean }) {
  const t = useText();
  const editor = useEditor();
  const node = useNodeJson(id);
  if (!node) return null;
  const pack = packOf(node);
  const values = Object.entries(node.widgets_values ?? {});
  return (
    <div className="placeholder">
      <p>{isOlder ? t("canvas.older") : pack ? t("canvas.missingPack", { type: node.type, pack }) : t("canvas.missing", { type: node.type })}</p>
      {values.map(([name, value]) => (
        <label key={name} className="placeholder-value">
          <span>{/^\d+$/.test(name) ? Number(name) + 1 : name}</span>
          {typeof value === "string" ? (
            <input className="nodrag" value={value} onChange={(event) => editor.commands.setRaw(id, Array.isArray(node.widgets_values) ? Number(name) : name, event.target.value)} />
          ) : (
            <output>{JSON.stringify(value)}</output>
          )}
        </label>
      ))}
    </div>
  );
}
