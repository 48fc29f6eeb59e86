const KEY = "graphcore.client";

/**
 * The client id of this browser tab: kept over a reload, so that messages of running jobs go on; a duplicated tab, whose
 * copy of the session storage holds the same id, gets one of its own.
 */
export async function clientId(): Promise<string> {
  const kept = sessionStorage.getItem(KEY);
  if (kept !== null && (await hold(kept))) return kept;
  const id = makeId();
  sessionStorage.setItem(KEY, id);
  await hold(id);
  return id;
}

/** 32 hex digits; `crypto.randomUUID` exists on safe origins only, and people serve over plain http in their network. */
function makeId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Takes a lock on an id for as long as the page lives; false if another tab has it. */
function hold(id: string): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`${KEY}.${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>(() => undefined);
    });
  });
}
