/** The real binary as a server of its own, which clients reach over a Unix socket, with a scripted model. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ScriptedModel, type ScriptedModelOptions } from "../../testing.ts";
import { codex } from "../process/_current.ts";
import { dial } from "./_cutter.ts";

/** A server process that can be killed and started again at the same address. */
export class ListeningServer implements AsyncDisposable {
  readonly scripted: ScriptedModel;
  /** Where it listens: the path of a Unix socket, or a port of the loopback interface. */
  readonly address: string | number;
  /** The token that it wants at the port. */
  readonly token: string = "secret";
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(scripted: ScriptedModel, folder: string, port: number | undefined) {
    this.scripted = scripted;
    this.#folder = folder;
    this.address = port ?? join(folder, "server.sock");
  }

  /** Starts the model and the server; `at` says where the server listens. */
  static async start(
    options: ScriptedModelOptions = {},
    at: "path" | "port" = "path",
  ): Promise<ListeningServer> {
    const scripted = await ScriptedModel.start(options);
    const folder = await mkdtemp(join(tmpdir(), "codex-socket-"));
    const port = at === "port" ? await freePort() : undefined;
    const server = new ListeningServer(scripted, folder, port);
    await writeFile(server.path("token"), server.token);
    await server.start();
    return server;
  }

  /** A path for another socket, which is removed with the server. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Starts the process; fulfils when it listens. */
  async start(): Promise<void> {
    const { home, options } = this.scripted;
    const auth = ["--ws-auth", "capability-token", "--ws-token-file", this.path("token")];
    const where = typeof this.address === "string"
      ? [`unix://${this.address}`]
      : [`ws://127.0.0.1:${this.address}`, ...auth];
    const child = spawn(codex, ["app-server", "--listen", ...where], {
      cwd: home.workspace,
      env: { ...process.env, ...options.env, CODEX_HOME: home.path },
      stdio: "ignore",
    });
    this.#child = child;
    while (child.exitCode === null) {
      if (await accepts(this.address)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`The server exited with code ${child.exitCode}`);
  }

  /** Ends the process as a crash does; fulfils when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  /** Ends the process and the model and removes their folders. */
  async [Symbol.asyncDispose](): Promise<void> {
    // The path is a link to a socket among the temporary files, where a killed server leaves it.
    const socket = await realpath(this.address.toString()).catch(() => undefined);
    await this.kill();
    if (socket !== undefined) {
      for (const end of ["", ".lock"]) await rm(socket + end, { force: true });
    }
    await this.scripted.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function accepts(address: string | number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(address);
    const settle = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.on("connect", () => settle(true));
    socket.on("error", () => settle(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
