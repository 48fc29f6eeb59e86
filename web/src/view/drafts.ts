/** What is being worked on, kept in the browser after every change: a reload or a crash loses nothing. */

export interface Draft {
  id: string;
  /** Whose it is: the client id of the browser tab. */
  owner: string;
  place: number;
  title: string;
  path: string | null;
  text: string;
  isDirty: boolean;
  job: string | null;
  isActive: boolean;
}

const DATABASE = "graphcore";
const STORE = "drafts";

/** Drafts in the browser's own database. */
export class Drafts {
  private constructor(private readonly database: IDBDatabase) {}

  static open(): Promise<Drafts> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onsuccess = () => resolve(new Drafts(request.result));
      request.onerror = () => reject(request.error ?? new Error("The browser keeps no drafts."));
    });
  }

  save(draft: Draft): Promise<void> {
    return this.run("readwrite", (store) => store.put(draft)).then(() => undefined);
  }

  remove(id: string): Promise<void> {
    return this.run("readwrite", (store) => store.delete(id)).then(() => undefined);
  }

  async all(): Promise<Draft[]> {
    return (await this.run("readonly", (store) => store.getAll())) as Draft[];
  }

  private run(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result as unknown);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("The browser keeps no drafts."));
    });
  }
}

/**
 * The drafts that a browser tab goes on with: its own after a reload; else those of tabs that are gone, as after a crash.
 * `alive` names the clients of tabs that are open.
 */
export function mine(all: readonly Draft[], owner: string, alive: ReadonlySet<string>): Draft[] {
  const own = all.filter((draft) => draft.owner === owner);
  const found = own.length > 0 ? own : all.filter((draft) => !alive.has(draft.owner));
  return [...found].sort((one, other) => one.place - other.place);
}
