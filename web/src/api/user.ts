const KEY = "graphcore.user";
const HEADER = "Comfy-User";

let known: string | undefined;

/** Who uses this browser, by id; empty where nobody was asked. */
export const currentUser = (): string => (known ??= typeof localStorage === "undefined" ? "" : (localStorage.getItem(KEY) ?? ""));

/** Says from now on, with every request, who asks; the server keeps it in a cookie for pictures and sockets. */
export function becomeUser(id: string): void {
  known = id;
  if (id === "") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, id);
}

/** A request that says who asks. */
export function withUser(init: RequestInit = {}): RequestInit {
  if (currentUser() === "") return init;
  const headers = new Headers(init.headers);
  headers.set(HEADER, currentUser());
  return { ...init, headers };
}
