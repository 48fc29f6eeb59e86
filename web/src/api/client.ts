import { UserFolder } from "./folder";
import { Http } from "./http";
import type { FileRef, Job, JobState, JobSummary, JsonObject, ModelFile, NodeErrors, ObjectInfo, ServerEvent, ShippedSubgraph, SystemStats } from "./wire";

export interface Submission {
  /** The id that the job shall have. */
  job: string;
  workflow: JsonObject;
  prompt?: JsonObject | undefined;
  clientId: string;
  front?: boolean;
  targets?: string[] | undefined;
}

export interface Accepted {
  prompt_id: string;
  number: number;
  node_errors: NodeErrors;
}

export interface Uploaded {
  name: string;
  subfolder: string;
  type: NonNullable<FileRef["type"]>;
}

export interface UploadTarget {
  subfolder?: string;
  type?: "input" | "temp";
  overwrite?: boolean;
}

/** Every request of the editor; sockets are in `socket.ts`. Failures are `RequestFailed`. */
export class Client {
  readonly workflows: UserFolder;
  /** The user's published subgraphs. */
  readonly subgraphs: UserFolder;

  constructor(readonly http = new Http()) {
    this.workflows = new UserFolder(http, "workflows");
    this.subgraphs = new UserFolder(http, "subgraphs");
  }

  objectInfo = (): Promise<ObjectInfo> => this.http.get("/object_info");
  /** Everybody there is, by id; null where the server does not tell users apart. */
  users = async (): Promise<Record<string, string> | null> => (await this.http.get<{ users?: Record<string, string> }>("/users")).users ?? null;
  addUser = (username: string): Promise<string> => this.http.post("/users", { username });
  systemStats = (): Promise<SystemStats> => this.http.get("/system_stats");
  embeddings = (): Promise<string[]> => this.http.get("/embeddings");

  /** Queues a workflow. The server converts the editor's form itself, as a browser would. */
  submit({ job, workflow, prompt, clientId, front, targets }: Submission): Promise<Accepted> {
    return this.http.post("/prompt", {
      prompt_id: job,
      prompt: prompt ?? workflow,
      client_id: clientId,
      extra_data: { extra_pnginfo: { workflow } },
      ...(front ? { front } : {}),
      ...(targets ? { partial_execution_targets: targets } : {}),
    });
  }

  interrupt = (job?: string): Promise<null> => this.http.post("/interrupt", job ? { prompt_id: job } : {});
  clearQueue = (): Promise<null> => this.http.post("/queue", { clear: true });
  forget = (jobs: string[]): Promise<null> => this.http.post("/history", { delete: jobs });
  clearHistory = (): Promise<null> => this.http.post("/history", { clear: true });
  free = (): Promise<null> => this.http.post("/free", { unload_models: true, free_memory: true });

  jobs(states: readonly JobState[], limit = 100, offset = 0): Promise<{ jobs: JobSummary[]; total: number }> {
    return this.http.get(`/v1/jobs?state=${states.join(",")}&limit=${limit}&offset=${offset}`);
  }

  job = (id: string): Promise<Job> => this.http.get(`/v1/jobs/${encodeURIComponent(id)}`);

  change(id: string, verb: "cancel" | "retry" | "pause" | "resume"): Promise<JobSummary> {
    return this.http.post(`/v1/jobs/${encodeURIComponent(id)}/${verb}`);
  }

  reorder(id: string, number: number): Promise<JobSummary> {
    return this.http.post(`/v1/jobs/${encodeURIComponent(id)}/reorder`, { number });
  }

  /** What happened to a job after the event `after`, also of a job of last week. */
  async eventsOf(id: string, after = 0): Promise<ServerEvent[]> {
    const path = `/v1/jobs/${encodeURIComponent(id)}/events?after=${after}`;
    return (await this.http.get<{ events: ServerEvent[] }>(path)).events;
  }

  modelFolders = (): Promise<{ name: string; folders: string[] }[]> => this.http.get("/experiment/models");
  modelFiles = (folder: string): Promise<ModelFile[]> => this.http.get(`/experiment/models/${encodeURIComponent(folder)}`);

  modelMetadata(folder: string, name: string): Promise<Record<string, string>> {
    return this.http.get(`/view_metadata/${encodeURIComponent(folder)}?filename=${encodeURIComponent(name)}`);
  }

  modelPictureUrl(folder: string, file: ModelFile): string {
    const name = file.name.split("/").map(encodeURIComponent).join("/");
    return this.http.url(`/experiment/models/preview/${encodeURIComponent(folder)}/${file.pathIndex}/${name}`);
  }

  /** Where a file can be seen; `preview` asks for a small re-encoded picture. */
  viewUrl(file: FileRef, options: { preview?: boolean; fresh?: string | number } = {}): string {
    const query = new URLSearchParams({ filename: file.filename, type: file.type ?? "output" });
    if (file.subfolder) query.set("subfolder", file.subfolder);
    if (options.preview) query.set("preview", "webp;80");
    if (options.fresh !== undefined) query.set("rand", String(options.fresh));
    return this.http.url(`/view?${query}`);
  }

  upload(file: Blob, name: string, { subfolder = "", type = "input", overwrite = false }: UploadTarget = {}): Promise<Uploaded> {
    return this.form("/upload/image", { image: [file, name], type, subfolder, overwrite: String(overwrite) });
  }

  /** Uploads a picture whose alpha becomes the mask of `original`, as the field does. */
  uploadMask(mask: Blob, name: string, original: FileRef, { subfolder = "", type = "input" }: UploadTarget = {}): Promise<Uploaded> {
    return this.form("/upload/mask", { image: [mask, name], type, subfolder, original_ref: JSON.stringify(original) });
  }

  private async form(path: string, fields: Record<string, string | [Blob, string]>): Promise<Uploaded> {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === "string") body.append(name, value);
      else body.append(name, value[0], value[1]);
    }
    return (await (await this.http.request(path, { method: "POST", body })).json()) as Uploaded;
  }

  settings = (): Promise<Record<string, unknown>> => this.http.get("/settings");
  setSetting = (id: string, value: unknown): Promise<null> => this.http.post(`/settings/${encodeURIComponent(id)}`, value);

  /** Pack -> names of its example workflows. */
  packTemplates = (): Promise<Record<string, string[]>> => this.http.get("/workflow_templates");

  async packTemplate(pack: string, file: string): Promise<Response> {
    return this.http.request(`/workflow_templates/${encodeURIComponent(pack)}/${encodeURIComponent(file)}`);
  }

  /** The subgraphs that packs ship, by id. */
  packSubgraphs = (): Promise<Record<string, ShippedSubgraph>> => this.http.get("/global_subgraphs");
  /** One with the text of its file; null if there is none. */
  packSubgraph = (id: string): Promise<(ShippedSubgraph & { data: string }) | null> => this.http.get(`/global_subgraphs/${encodeURIComponent(id)}`);

  extensions = (): Promise<string[]> => this.http.get("/extensions");
  translations = (): Promise<Record<string, JsonObject>> => this.http.get("/i18n");
}

export const api = new Client();
