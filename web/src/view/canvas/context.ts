import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { StoreApi } from "zustand/vanilla";
import type { Editor, EditorState } from "../../commands";
import { graphOf, indexOf } from "../../model/graph";
import { phaseInside, type NodePhase, type NodeRun, type RunState } from "../../model/run";
import { shapeOf, type Shape } from "../../model/shape";

export interface CanvasContextValue {
  editor: Editor;
  run: StoreApi<RunState>;
}

export const CanvasContext = createContext<CanvasContextValue | null>(null);

export function useCanvas(): CanvasContextValue {
  const value = useContext(CanvasContext);
  if (!value) throw new Error("This is drawn outside of a canvas.");
  return value;
}

export function useEditor(): Editor {
  return useCanvas().editor;
}

export function useEditorState<T>(select: (state: EditorState) => T): T {
  return useStore(useEditor().store, select);
}

export function shapeIn(state: EditorState, id: string): Shape | undefined {
  const { document, graphId, catalogue } = state;
  const graph = graphOf(document.root, graphId);
  const node = indexOf(graph).nodes.get(id);
  return node && shapeOf(document.root, graph, node, catalogue);
}

/** What a node looks like; it is drawn again only when this node changes. */
export function useShape(id: string): Shape | undefined {
  return useEditorState((state) => shapeIn(state, id));
}

export function useNodeJson(id: string) {
  return useEditorState((state) => indexOf(graphOf(state.document.root, state.graphId)).nodes.get(id));
}

/** The id under which a run knows a node of the graph that is shown. */
export function useExecutionId(id: string): string {
  return useEditorState((state) => [...state.path, id].join(":"));
}

export function useNodeRun(id: string): NodeRun | undefined {
  const execution = useExecutionId(id);
  return useStore(useCanvas().run, (run) => run.nodes.get(execution));
}

export function useNodePhase(id: string): NodePhase | null {
  const execution = useExecutionId(id);
  return useStore(useCanvas().run, (run) => run.nodes.get(execution)?.phase ?? phaseInside(run, execution));
}
