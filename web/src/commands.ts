/** One open workflow: its state, and everything that can be done to it. Nothing else writes a document. */

import { arrangeCommands } from "./commands/arranging";
import { blueprintCommands } from "./commands/blueprints";
import { controlCommands } from "./commands/controls";
import { copyCommands } from "./commands/copying";
import { Core, type EditorState } from "./commands/core";
import { groupCommands } from "./commands/groups";
import { nodeCommands } from "./commands/nodes";
import { subgraphCommands } from "./commands/subgraphs";
import { wireCommands } from "./commands/wires";
import type { Catalogue } from "./model/catalogue";
import { formOf, parse, readDocument, unwrap, writeDocument } from "./model/document";
import { importPrompt } from "./model/import";
import type { JsonObject } from "./model/json";
import { problemsOf, type Problem } from "./model/problems";
import { uuid } from "./model/subgraph";

export type { EditorState } from "./commands/core";

/** Opens a workflow of either form, from text or data. An Error's message is a sentence for people. */
export function createEditor(source: string | JsonObject, catalogue: Catalogue) {
  const json = unwrap(typeof source === "string" ? parse(source) : source);
  const document = formOf(json) === "prompt" ? importPrompt(json as JsonObject, catalogue, uuid()) : readDocument(source);
  const core = new Core(document, catalogue);
  const commands = {
    undo: core.undo,
    redo: core.redo,
    select: (ids: Iterable<string>) => core.store.setState({ selection: new Set(ids), group: null }),
    selectAll: () => core.store.setState({ selection: new Set(core.graph.nodes.map((node) => String(node.id))), group: null }),
    setCatalogue: (catalogue: Catalogue) => core.store.setState({ catalogue }),
    ...nodeCommands(core),
    ...wireCommands(core),
    ...groupCommands(core),
    ...arrangeCommands(core),
    ...copyCommands(core),
    ...subgraphCommands(core),
    ...blueprintCommands(core),
    ...controlCommands(core),
  };
  return {
    store: core.store,
    commands,
    core,
    json: (): JsonObject => core.root as unknown as JsonObject,
    text: (): string => writeDocument(core.state.document),
    problems: (): Problem[] => problemsOf(core.state.document, core.state.catalogue),
    state: (): EditorState => core.state,
  };
}

export type Editor = ReturnType<typeof createEditor>;
