import { beforeEach, expect, test } from "vitest";
import { Socket, socketUrl, type Connection } from "./socket";
import type { ServerEvent } from "./wire";

class Fake {
  onopen?: () => void;
  onclose?: () => void;
  onmessage?: (message: { data: string | ArrayBuffer }) => void;
  sent: string[] = [];
  binaryType = "";
  send = (text: string) => this.sent.push(text);
  close = () => this.onclose?.();
}

let sockets: Fake[];
let waits: number[];
let tasks: (() => void)[];
let states: Connection[];
let events: ServerEvent[];

function socket(): Socket {
  const listener = {
    event: (event: ServerEvent) => events.push(event),
    preview: () => undefined,
    connection: (state: Connection) => states.push(state),
  };
  return new Socket("ws://x/ws", listener, {
    open: () => {
      const made = new Fake();
      sockets.push(made);
      return made as unknown as WebSocket;
    },
    later: (task, ms) => {
      waits.push(ms);
      tasks.push(task);
    },
  });
}

beforeEach(() => {
  [sockets, waits, tasks, states, events] = [[], [], [], [], []];
});

test("it comes back for ever, with growing pauses", () => {
  socket().open();
  for (let time = 0; time < 8; time++) {
    sockets.at(-1)?.onclose?.();
    tasks.at(-1)?.();
  }
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  sockets.at(-1)?.onopen?.();
  sockets.at(-1)?.onclose?.();
  expect(waits.at(-1)).toBe(250);
});

test("it says what it can take, and tells of changes", () => {
  socket().open();
  sockets[0]?.onopen?.();
  expect(JSON.parse(sockets[0]?.sent[0] ?? "")).toMatchObject({ type: "feature_flags" });
  sockets[0]?.onclose?.();
  expect(states).toEqual(["connecting", "open", "lost"]);
});

test("messages are read, and noise is left out", () => {
  socket().open();
  for (const data of ['{"type":"status","data":{"a":1}}', "{", '"text"', "null"]) sockets[0]?.onmessage?.({ data });
  expect(events).toEqual([{ type: "status", data: { a: 1 } }]);
});

test("once closed it stays so", () => {
  const made = socket();
  made.open();
  made.close();
  expect(waits).toEqual([]);
});

test("its address follows the page's", () => {
  expect(socketUrl("a b", { protocol: "https:", host: "h:1" })).toBe("wss://h:1/ws?clientId=a%20b");
});
