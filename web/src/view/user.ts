import { create } from "zustand";
import { api } from "../api/client";
import { becomeUser, currentUser } from "../api/user";

interface Choice {
  /** Id and name of everybody there is, while somebody is asked who they are. */
  users: Readonly<Record<string, string>> | null;
  choose: (id: string) => void;
}

/** The question who uses the page, on a server that tells users apart. */
export const useUserChoice = create<Choice>()(() => ({ users: null, choose: () => undefined }));

/** Asks who it is, where the server wants to know and this browser does not. */
export async function findUser(): Promise<void> {
  const users = await api.users().catch(() => undefined);
  if (users === undefined) return; // nobody answers: what is known stays
  if (users === null) becomeUser("");
  if (users === null || currentUser() in users) return;
  const id = await new Promise<string>((choose) => useUserChoice.setState({ users, choose }));
  becomeUser(id);
  useUserChoice.setState({ users: null });
}
