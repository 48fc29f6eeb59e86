import { readFrame, type TextEvent } from "./frames";
import type { PreviewEvent, ServerEvent } from "./wire";

export type Connection = "connecting" | "open" | "lost";
const FIRST_WAIT = 250; // ms
const LONGEST_WAIT = 5_000;

export interface SocketListener {
  event: (event: ServerEvent) => void;
  preview: (event: PreviewEvent) => void;
  text?: (event: TextEvent) => void;
  /** Told of every change. After `open` the listener asks for what it missed. */
  connection: (state: Connection) => void;
}

export interface SocketParts {
  open: (url: string) => WebSocket;
  later: (task: () => void, ms: number) => void;
}

const BROWSER: SocketParts = {
  open: (url) => new WebSocket(url),
  later: (task, ms) => setTimeout(task, ms),
};

/** The socket of one client id: opened again for ever, with growing pauses, until `close`. */
export class Socket {
  private current: WebSocket | null = null;
  private failures = 0;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly listener: SocketListener,
    private readonly parts: SocketParts = BROWSER,
  ) {}

  open(): void {
    this.listener.connection("connecting");
    const socket = this.parts.open(this.url);
    socket.binaryType = "arraybuffer";
    this.current = socket;
    socket.onopen = () => {
      this.failures = 0;
      socket.send(JSON.stringify({ type: "feature_flags", data: { supports_preview_metadata: true } }));
      this.listener.connection("open");
    };
    socket.onmessage = (message: MessageEvent<string | ArrayBuffer>) => this.read(message.data);
    socket.onclose = () => this.lost(socket);
  }

  /** Try at once, as when the browser says that the network is back. */
  retry(): void {
    if (!this.closed && this.current?.readyState === WebSocket.CLOSED) this.open();
  }

  close(): void {
    this.closed = true;
    this.current?.close();
  }

  private lost(socket: WebSocket): void {
    if (this.closed || socket !== this.current) return;
    this.listener.connection("lost");
    const wait = Math.min(FIRST_WAIT * 2 ** this.failures, LONGEST_WAIT);
    this.failures += 1;
    this.parts.later(() => {
      if (this.current === socket && !this.closed) this.open();
    }, wait);
  }

  private read(data: string | ArrayBuffer): void {
    if (typeof data === "string") {
      const event = readEvent(data);
      if (event) this.listener.event(event);
      return;
    }
    const frame = readFrame(data);
    if (frame?.type === "preview") this.listener.preview(frame);
    else if (frame) this.listener.text?.(frame);
  }
}

function readEvent(text: string): ServerEvent | null {
  try {
    const found = JSON.parse(text) as Partial<ServerEvent> | null;
    return typeof found?.type === "string" ? { type: found.type, data: found.data ?? {} } : null;
  } catch {
    return null; // not JSON: nothing that the editor could act on
  }
}

export function socketUrl(clientId: string, place: { protocol: string; host: string } = location): string {
  return `${place.protocol === "https:" ? "wss" : "ws"}://${place.host}/ws?clientId=${encodeURIComponent(clientId)}`;
}
