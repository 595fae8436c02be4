/** Runs an example in a terminal, with a model that the test scripts. */
import { join } from "node:path";
import { type ExecProcess, Sandbox } from "../../mod.ts";
import type { ModelServer } from "../../testing.ts";
import { ScriptedCodex } from "../e2e/_scripted_codex.ts";
import { root, until } from "../process/_current.ts";
import { exampleCommand } from "./_example.ts";

/** A running example, and what its terminal got. */
export class ExampleInTerminal implements AsyncDisposable {
  readonly #session: ScriptedCodex;
  readonly #run: ExecProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #seen = "";

  private constructor(session: ScriptedCodex, run: ExecProcess) {
    this.#session = session;
    this.#run = run;
    this.#writer = run.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Starts an example as `--live` does, with the home of a scripted model in the place of the person's own. */
  static async start(
    name: string,
    script: (model: ModelServer) => void,
  ): Promise<ExampleInTerminal> {
    const session = await ScriptedCodex.start();
    script(session.model);
    const { codexHome, env } = session.scripted.options;
    const run = session.codex.exec([...exampleCommand(name), "--live"], {
      cwd: root,
      env: { ...env, CODEX_HOME: codexHome, NO_COLOR: "1" },
      tty: { rows: 50, cols: 200 },
      sandbox: Sandbox.fullAccess,
    });
    return new ExampleInTerminal(session, run);
  }

  /** What the terminal got so far. */
  get seen(): string {
    return this.#seen;
  }

  /** The path of a file in a folder of its own. */
  path(name: string): string {
    return join(this.#session.scripted.home.workspace, name);
  }

  /** Types keys or pastes lines. */
  async type(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  /** Waits until the terminal got a text `times` times. */
  async shows(text: string, times: number = 1): Promise<void> {
    try {
      await until(() => this.#seen.split(text).length > times, 60_000);
    } catch (error) {
      throw new Error(`Not shown: ${text}\n${JSON.stringify(this.#seen)}`, { cause: error });
    }
  }

  /** Waits for the end and returns the exit code. */
  async exitCode(): Promise<number> {
    const { exitCode } = await this.#run.done;
    await this.#reading;
    return exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run.kill().catch(() => {});
    await this.#reading.catch(() => {});
    await this.#session[Symbol.asyncDispose]();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#run.stdout) {
      this.#seen += decoder.decode(chunk, { stream: true });
    }
  }
}
