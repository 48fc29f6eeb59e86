import { createStore, type StoreApi } from "zustand/vanilla";
import type { Catalogue } from "../model/catalogue";
import type { Document } from "../model/document";
import { withGraph } from "../model/edit";
import { definitionOf, graphOf, indexOf, type GraphJson, type NodeJson } from "../model/graph";
import { apply, changesBetween, EMPTY_LOG, record, redo, undo, type Log } from "../model/history";
import { put, replaceItem } from "../model/json";
import { shapeOf, type Shape } from "../model/shape";

export interface EditorState {
  document: Document;
  catalogue: Catalogue;
  /** Ids of the instances that were entered, from the root down. */
  path: readonly string[];
  /** The graph that is shown: "" for the root, else a definition's id. */
  graphId: string;
  selection: ReadonlySet<string>;
  /** The place of the selected group among the graph's groups. */
  group: number | null;
  log: Log;
  /** Grows with every change of the document. */
  revision: number;
}

export interface Doing {
  /** Commands with the same key that follow each other soon are undone together. */
  key?: string;
  /** What is selected afterwards. */
  select?: Iterable<string>;
}

/** The one place where an open document changes. Commands are built on it. */
export class Core {
  readonly store: StoreApi<EditorState>;

  constructor(document: Document, catalogue: Catalogue) {
    this.store = createStore<EditorState>(() => ({ document, catalogue, path: [], graphId: "", selection: new Set(), group: null, log: EMPTY_LOG, revision: 0 }));
  }

  get state(): EditorState {
    return this.store.getState();
  }

  get root(): GraphJson {
    return this.state.document.root;
  }

  get graph(): GraphJson {
    return graphOf(this.root, this.state.graphId);
  }

  node(id: string): NodeJson | undefined {
    return indexOf(this.graph).nodes.get(id);
  }

  shape(id: string): Shape | undefined {
    const node = this.node(id);
    return node && shapeOf(this.root, this.graph, node, this.state.catalogue);
  }

  /** Changes the graph that is shown. */
  change(name: string, change: (graph: GraphJson) => GraphJson, doing: Doing = {}): void {
    this.changeRoot(name, (root) => withGraph(root, this.state.graphId, change(this.graph)), doing);
  }

  /** Changes the file, and remembers how to take it back. What changes nothing is not remembered. */
  changeRoot(name: string, change: (root: GraphJson) => GraphJson, { key, select }: Doing = {}): void {
    const { document, log, revision, selection } = this.state;
    const root = change(document.root);
    const changes = changesBetween(document.root, root);
    const chosen = select === undefined ? selection : new Set(select);
    if (changes.length === 0) {
      if (select !== undefined) this.store.setState({ selection: chosen });
      return;
    }
    const entry = { name, changes, key: key ?? null, at: Date.now() };
    this.store.setState({ document: { ...document, root }, log: record(log, entry), revision: revision + 1, selection: chosen });
    this.settle();
  }

  undo = (): void => this.travel(undo(this.state.log));
  redo = (): void => this.travel(redo(this.state.log));

  private travel(step: ReturnType<typeof undo> | ReturnType<typeof redo>): void {
    if (!step) return;
    const { document, revision } = this.state;
    const root = apply(document.root, step.changes, copyWith);
    this.store.setState({ document: { ...document, root }, log: step.log, revision: revision + 1 });
    this.settle();
  }

  /** Leaves a definition that is gone, and lets go of nodes that are. */
  private settle(): void {
    const { path, graphId, selection, group } = this.state;
    if (graphId !== "" && !definitionOf(this.root, graphId)) this.store.setState({ path: [], graphId: "", selection: new Set(), group: null });
    const { nodes } = indexOf(this.graph);
    const kept = [...selection].filter((id) => nodes.has(id));
    if (kept.length !== selection.size) this.store.setState({ selection: new Set(kept) });
    if (group !== null && group >= (this.graph.groups?.length ?? 0)) this.store.setState({ group: null });
    if (path.length > 0 && this.state.graphId === "") this.store.setState({ path: [] });
  }
}

function copyWith<T extends object>(part: T, key: string | number, value: unknown): T {
  return Array.isArray(part) ? (replaceItem(part, Number(key), value) as unknown as T) : put(part, { [key]: value });
}
