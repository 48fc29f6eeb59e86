import { RequestFailed, type Http } from "./http";
import type { UserFile } from "./wire";

/** The JSON files that a user has in one folder on the server; paths are below it. */
export class UserFolder {
  constructor(
    private readonly http: Http,
    private readonly name: string,
  ) {}

  /** The latest first. */
  async list(): Promise<UserFile[]> {
    try {
      const found = await this.http.get<UserFile[]>(`/userdata?dir=${this.name}&recurse=true&full_info=true`);
      return found.filter((file) => file.path.endsWith(".json") && !file.path.startsWith(".")).sort((a, b) => b.modified - a.modified);
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) return []; // nothing was saved yet
      throw error;
    }
  }

  async read(path: string): Promise<string> {
    return (await this.http.request(this.url(path))).text();
  }

  /** Saves; with `overwrite` false a name that is taken is refused with status 409. */
  async save(path: string, text: string, overwrite = true): Promise<void> {
    await this.http.request(`${this.url(path)}?overwrite=${overwrite}`, { method: "POST", body: text });
  }

  async delete(path: string): Promise<void> {
    await this.http.request(this.url(path), { method: "DELETE" });
  }

  private url(path: string): string {
    return `/userdata/${encodeURIComponent(`${this.name}/${path}`)}`;
  }
}
