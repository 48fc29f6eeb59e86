import { useReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { useText } from "../../i18n";
import { blueprintType, type Blueprint } from "../../model/blueprint";
import { definitionOf, definitionsOf, type GraphJson } from "../../model/graph";
import { instanceType, VIRTUAL } from "../../model/kinds";
import { searchNodes } from "../../model/search";
import { typeLabel } from "../../model/types";
import { hasWidget } from "../../model/widgets";
import type { Catalogue, NodeType } from "../../model/catalogue";
import { categoryText, useBlueprints } from "../blueprints";
import { addNode } from "../going";
import { useEditor } from "./context";
import { categoryColour, typeColour } from "./look";
import { Picker } from "./Picker";
import { closeSearch, recentNodes, rememberNode, useSearch, type SearchPlace } from "./searching";

/** The search for nodes: opened by a double click, by `/`, or by a wire that was dropped on nothing. */
export function Search() {
  const place = useSearch((state) => state.place);
  return place && <SearchPicker place={place} />;
}

function SearchPicker({ place }: { place: SearchPlace }) {
  const t = useText();
  const editor = useEditor();
  const flow = useReactFlow();
  const { catalogue, document } = editor.state();
  const recent = useMemo(recentNodes, []);
  const blueprints = useBlueprints();
  const own = useMemo(() => subgraphTypes(document.root, blueprints, catalogue), [document.root, blueprints, catalogue]);
  const typeOf = (name: string): NodeType | undefined => catalogue.types.get(name) ?? [...own, ...VIRTUAL].find((type) => type.name === name);
  const { joint } = place;

  function pick(name: string): void {
    const at = flow.screenToFlowPosition({ x: place.x, y: place.y });
    const dx = joint?.from === "input" ? -230 : 0;
    closeSearch();
    rememberNode(name);
    addNode(name, place.isFree ? undefined : [at.x + dx, at.y + 15], joint);
  }

  return (
    <Picker
      x={place.x}
      y={place.y}
      label={joint ? t(joint.from === "output" ? "canvas.searchTaking" : "canvas.searchGiving", { type: typeLabel(joint.type) }) : t("canvas.search")}
      empty={t("canvas.searchNothing")}
      items={(query) => searchNodes(catalogue, query, joint, recent, 60, own).map(({ type, marks }) => ({ key: type.name, title: type.title, marks, detail: categoryText(type.category), colour: categoryColour(type.category) }))}
      onPick={pick}
      onClose={closeSearch}
      preview={(name) => <TypePreview type={typeOf(name)} />}
    />
  );
}

/** The workflow's own subgraphs, and published ones that it does not have under the same name. */
function subgraphTypes(root: GraphJson, blueprints: readonly Blueprint[], catalogue: Catalogue): NodeType[] {
  const others = blueprints.filter(({ definition, title }) => definitionOf(root, definition.id)?.name !== title);
  return [...definitionsOf(root).map((each) => instanceType(root, each, catalogue)), ...others.map((each) => blueprintType(each, catalogue))];
}

/** A small drawing of a node, with what its author says of it. */
export function TypePreview({ type }: { type: NodeType | undefined }) {
  if (!type) return null;
  return (
    <>
      <div className="mini" style={{ borderTopColor: categoryColour(type.category) }}>
        <strong>{type.title}</strong>
        <div className="mini-sockets">
          <ul>{type.inputs.filter((input) => !hasWidget(input)).map((input) => <li key={input.name}><i style={{ background: typeColour(input.type) }} />{input.name}</li>)}</ul>
          <ul>{type.outputs.map((output, at) => <li key={at}>{output.name}<i style={{ background: typeColour(output.type) }} /></li>)}</ul>
        </div>
        <ul className="mini-widgets">{type.inputs.filter(hasWidget).slice(0, 8).map((input) => <li key={input.name}>{input.name}</li>)}</ul>
      </div>
      {type.description !== "" && <p className="mini-text">{type.description}</p>}
      <p className="mini-text muted">{type.name}{type.pack && !/^nodes\b/.test(type.pack) ? ` · ${type.pack}` : ""}</p>
    </>
  );
}
