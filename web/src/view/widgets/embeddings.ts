import { create } from "zustand";
import { useEffect } from "react";
import { api } from "../../api/client";

const useNames = create<{ names: readonly string[] }>()(() => ({ names: [] }));
let isAsked = false;

/** The server's embeddings, asked for once. */
export function useEmbeddings(): readonly string[] {
  useEffect(() => {
    if (isAsked) return;
    isAsked = true;
    api.embeddings().then(
      (names) => useNames.setState({ names }),
      () => (isAsked = false), // offline: asked again by the next text
    );
  }, []);
  return useNames((state) => state.names);
}
