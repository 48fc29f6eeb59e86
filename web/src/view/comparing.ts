import { api } from "../api/client";
import type { JsonObject } from "../api/wire";
import { attempt } from "./notify";
import { showPanel } from "./panels";
import { useSession } from "./session";

/** Shows what the open workflow has changed since it was saved. */
export async function compareWithSaved(path: string): Promise<void> {
  const tab = useSession.getState().tabs.find((each) => each.path === path);
  if (!tab) return;
  await attempt(async () => {
    const before = JSON.parse(await api.workflows.read(path)) as JsonObject;
    showPanel({ diff: { title: tab.title, before, after: tab.workflow.json() } });
  });
}
