import { expect, test } from "vitest";
import { Client } from "./client";
import { Http, RequestFailed, type Fetch } from "./http";

const answering = (status: number, body: string): Fetch => () => Promise.resolve(new Response(body, { status }));

async function failure(promise: Promise<unknown>): Promise<RequestFailed> {
  const error = await promise.then(() => null, (reason: unknown) => reason);
  if (!(error instanceof RequestFailed)) throw new Error("it did not fail as it should");
  return error;
}

test("a refusal is the server's own sentence", async () => {
  const body = JSON.stringify({ error: { type: "x", message: "No outputs.", details: "Add one." }, node_errors: {} });
  const error = await failure(new Http("", answering(400, body)).get("/a"));
  expect([error.message, error.status]).toEqual(["No outputs. Add one.", 400]);
});

test("an unreachable server is a sentence too", async () => {
  const error = await failure(new Http("", () => Promise.reject(new TypeError("failed"))).get("/a"));
  expect([error.isOffline, error.message]).toEqual([true, "The server does not answer."]);
});

test("an answer that is no JSON does not hide its status", async () => {
  expect((await failure(new Http("", answering(500, "")).get("/a"))).message).toMatch(/500/);
});

test("nobody has saved a workflow yet", async () => {
  expect(await new Client(new Http("", answering(404, ""))).workflows.list()).toEqual([]);
});

test("names of files are safe in addresses", () => {
  const api = new Client(new Http("/api"));
  expect(api.viewUrl({ filename: "a&b #1.png", subfolder: "x/y", type: "temp" })).toBe(
    "/api/view?filename=a%26b+%231.png&type=temp&subfolder=x%2Fy",
  );
});
