/** Requests, and what can go wrong with them. */

import { withUser } from "./user";

/** The server refused, or could not be reached (`status` 0). `message` is a sentence for people. */
export class RequestFailed extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly body: unknown = null,
  ) {
    super(message);
    this.name = "RequestFailed";
  }

  get isOffline(): boolean {
    return this.status === 0;
  }
}

export type Fetch = typeof fetch;

/** Sends requests below one address. */
export class Http {
  constructor(
    private readonly base = "/api",
    private readonly send: Fetch = (...request) => fetch(...request),
  ) {}

  url(path: string): string {
    return this.base + path;
  }

  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await (await this.request(path, signal ? { signal } : {})).json()) as T;
  }

  /** Posts JSON; gives the answer's JSON, or null where it is empty. */
  async post<T = null>(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<T> {
    const init = { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
    return (await readJson(await this.request(path, init))) as T;
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await this.send(this.url(path), withUser({ credentials: "same-origin", ...init }));
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new RequestFailed("The server does not answer.", 0);
    }
    if (response.ok) return response;
    const body = await readJson(response).catch(() => null);
    throw new RequestFailed(sentence(body, response), response.status, body);
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function sentence(body: unknown, response: Response): string {
  if (typeof body === "string" && body !== "" && body.length < 500) return body;
  const error = (body as { error?: { message?: string; details?: string } | string } | null)?.error;
  if (typeof error === "string") return error;
  if (error?.message) return error.details ? `${error.message} ${error.details}` : error.message;
  return `The server answered ${response.status} ${response.statusText}`.trim() + ".";
}
