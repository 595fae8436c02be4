/** The real binary as a server of its own, which clients reach over a Unix socket, with a scripted model. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ScriptedModel, type ScriptedModelOptions } from "../../testing.ts";
import { codex } from "../process/_current.ts";

/** A server process that can be killed and started again at the same address. */
export class ListeningServer implements AsyncDisposable {
  readonly scripted: ScriptedModel;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(scripted: ScriptedModel, folder: string) {
    this.scripted = scripted;
    this.#folder = folder;
  }

  /** Starts the model and the server. */
  static async start(options: ScriptedModelOptions = {}): Promise<ListeningServer> {
    const scripted = await ScriptedModel.start(options);
    const server = new ListeningServer(scripted, await mkdtemp(join(tmpdir(), "codex-socket-")));
    await server.start();
    return server;
  }

  /** Where the server listens. */
  get address(): string {
    return join(this.#folder, "server.sock");
  }

  /** A path for another socket, which is removed with the server. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Starts the process; fulfils when it listens. */
  async start(): Promise<void> {
    const { home, options } = this.scripted;
    const child = spawn(codex, ["app-server", "--listen", `unix://${this.address}`], {
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
    await this.kill();
    await this.scripted.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function accepts(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const settle = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.on("connect", () => settle(true));
    socket.on("error", () => settle(false));
  });
}
