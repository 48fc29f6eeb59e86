import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const ROOT = resolve(import.meta.dirname, "../../..");
const OWN = join(ROOT, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
export const PYTHON = process.env.GRAPHCORE_PYTHON ?? (existsSync(OWN) ? OWN : "python3");

/** Runs a module of the project to its end. */
export function python(...args: string[]): void {
  const done = spawnSync(PYTHON, ["-m", ...args], { cwd: ROOT, encoding: "utf-8" });
  if (done.status !== 0) throw new Error(`python -m ${args.join(" ")} failed:\n${done.stdout}${done.stderr}`);
}

/** A real server in a base directory of its own, with tiny models or the ones that ship. */
export class Server {
  private child: ChildProcess | null = null;
  url = "";

  private constructor(readonly base: string, private readonly options: readonly string[]) {}

  /** `prepare` may put files into the base directory before the server starts. */
  static async make(hasTinyModels = true, options: readonly string[] = [], prepare?: (base: string) => Promise<void>): Promise<Server> {
    const base = await mkdtemp(join(tmpdir(), "graphcore-editor-"));
    if (hasTinyModels) python("tests.tiny_models", base);
    await prepare?.(base);
    const server = new Server(base, options);
    await server.start();
    return server;
  }

  /** Starts it; after a stop, on the port that it had. */
  async start(): Promise<void> {
    const port = this.url === "" ? "0" : new URL(this.url).port;
    const args = ["-m", "graphcore", "serve", "--port", port, "--base-dir", this.base, ...this.options];
    const child = spawn(PYTHON, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, OMP_NUM_THREADS: "1" } });
    this.child = child;
    let errors = "";
    child.stderr.on("data", (text: Buffer) => (errors = (errors + text.toString()).slice(-4000)));
    for await (const line of createInterface({ input: child.stdout })) {
      const found = /http:\S+/.exec(line);
      if (!found) continue;
      this.url = found[0];
      await this.ready();
      return;
    }
    throw new Error(`The server did not start:\n${errors}`);
  }

  private async ready(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if ((await fetch(`${this.url}/health/ready`)).ok) return;
      await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error("The worker of the server did not become ready.");
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.child;
    this.child = null;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const over = once(child, "exit");
    child.kill(signal);
    await over;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.base, { recursive: true, force: true });
  }
}
