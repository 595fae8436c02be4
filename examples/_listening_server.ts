/** A server of its own for the examples that connect to one: it listens on a Unix socket. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { scriptedModel } from "./_scripted.ts";

/** A server that listens until it is disposed. */
export interface ListeningServer extends AsyncDisposable {
  /** The path of its socket. */
  readonly path: string;
}

/** Starts the scripted model of an example and a server that uses it; with `--live`, one that uses your own login. */
export async function listeningServer(example: string): Promise<ListeningServer> {
  const scripted = await scriptedModel(example);
  const folder = await mkdtemp(join(tmpdir(), "codex-example-"));
  const path = join(folder, "server.sock");
  const codex = fileURLToPath(new URL("../node_modules/.bin/codex", import.meta.url));
  const { codexHome, cwd, env } = scripted?.options ?? {};
  const server = spawn(codex, ["app-server", "--listen", `unix://${path}`], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env, ...(codexHome === undefined ? {} : { CODEX_HOME: codexHome }) },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  while (!existsSync(path) && server.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    path,
    async [Symbol.asyncDispose](): Promise<void> {
      server.kill();
      await ended;
      await scripted?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
