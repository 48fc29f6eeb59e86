import { useMemo } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { IDLE, type RunState } from "../model/run";
import { useActiveTab } from "./session";

/** A finding about the active workflow, at a node. */
export interface ShownProblem {
  node: string;
  title: string;
  message: string;
  details: string;
  input: string | null;
}

const NOTHING = createStore(() => IDLE);

/** What the last run, or the last attempt at one, found wrong with the active workflow. */
export function useProblems(): ShownProblem[] {
  const tab = useActiveTab();
  const run = useStore(tab?.run ?? NOTHING);
  return useMemo(() => (tab ? problemsOf(run, (id) => tab.workflow.titleOf(id)) : []), [tab, run]);
}

export function problemsOf(run: RunState, titleOf: (id: string) => string): ShownProblem[] {
  return [...run.nodes].flatMap(([node, { failures }]) => failures.map(({ message, details, input }) => ({ node, title: titleOf(node), message, details, input })));
}
