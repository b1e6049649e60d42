// A real server for a test: its own data directory and port, and an end that leaves nothing behind.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.SYSTOLE ?? new URL("../../target/debug/systole", import.meta.url).pathname;

export const EMAIL = "ada@example.org";
export const PASSWORD = "a long enough password";

const READY_MILLIS_MAX = 60_000;

/** A server that was started with `serve` or `demo` and answers. */
export class Server {
  constructor(command, options, port, directory) {
    Object.assign(this, { command, options, port, directory, url: `http://127.0.0.1:${port}` });
  }

  static async start(command = "serve", options = []) {
    const server = new Server(command, options, await freePort(), mkdtempSync(join(tmpdir(), "systole-e2e-")));
    await server.run();
    return server;
  }

  /** Starts the program, with what an earlier run left. */
  async run() {
    const listen = ["--listen", `127.0.0.1:${this.port}`, "--data-dir", this.directory, "--log", "warn"];
    this.process = spawn(program, [this.command, ...listen, ...this.options], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, SYSTOLE_BOOTSTRAP_ADMIN: `${EMAIL}:${PASSWORD}` },
    });
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    const until = Date.now() + READY_MILLIS_MAX;
    while (
      !(await fetch(`${this.url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (this.process.exitCode !== null) throw new Error(`${program} ended with ${this.process.exitCode}`);
      if (Date.now() > until) throw new Error(`${program} is not ready after ${READY_MILLIS_MAX} ms`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  async stop() {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
