/** A scripted model and a home that points to it: all that a test of an app needs. */
import { TemporaryCodexHome } from "./codex_home.ts";
import type { TemporaryCodexHomeOptions } from "./codex_home.ts";
import { ModelServer } from "./model_server.ts";
import type { ModelServerOptions } from "./model_server.ts";

/**
 * Options of {@linkcode ScriptedModel.start}.
 *
 * @example
 * ```ts
 * import type { ScriptedModelOptions } from "@codex-app-server/sdk/testing";
 *
 * const options: ScriptedModelOptions = { model: "gpt-5", approvalPolicy: "on-request" };
 * ```
 */
export interface ScriptedModelOptions
  extends ModelServerOptions, Omit<TemporaryCodexHomeOptions, "modelUrl"> {}

/**
 * The options that make a client use the scripted model; spread them into `Codex.start()`.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import type { ScriptedModelClientOptions } from "@codex-app-server/sdk/testing";
 *
 * const start = (options: ScriptedModelClientOptions): Promise<Codex> =>
 *   Codex.start({ ...options, clientName: "my_test" });
 * ```
 */
export interface ScriptedModelClientOptions {
  /** The home of the binary. */
  readonly codexHome: string;
  /** The working directory. */
  readonly cwd: string;
  /** The environment, over the inherited one. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The first thing to reach for in a test: the real binary with a model that says what the test tells it to, with no
 * key and no network. One dispose closes the server and removes the folders.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { deltas, ScriptedModel } from "@codex-app-server/sdk/testing";
 *
 * await using scripted = await ScriptedModel.start();
 * scripted.model.enqueue(deltas(["he", "llo"]));
 *
 * await using codex = await Codex.start(scripted.options);
 * const thread = await codex.threadStart();
 * const result = await thread.run("Say hello");
 * console.log(result.finalResponse); // "hello"
 * console.log(scripted.model.requests[0]?.lastUserText()); // "Say hello"
 * ```
 */
export class ScriptedModel implements AsyncDisposable {
  /** The model: its queue of responses and what it was asked. */
  readonly model: ModelServer;
  /** The home and the workspace of the binary. */
  readonly home: TemporaryCodexHome;

  private constructor(model: ModelServer, home: TemporaryCodexHome) {
    this.model = model;
    this.home = home;
  }

  /** Starts the model server and makes the home that points to it. */
  static async start(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
    const model = await ModelServer.start(options);
    try {
      const home = await TemporaryCodexHome.create({ ...options, modelUrl: model.url });
      return new ScriptedModel(model, home);
    } catch (error) {
      await model.close();
      throw error;
    }
  }

  /** What to spread into the options of the client. */
  get options(): ScriptedModelClientOptions {
    return { codexHome: this.home.path, cwd: this.home.workspace, env: this.home.env };
  }

  /** Closes the model server and removes the folders; close the client first. */
  async close(): Promise<void> {
    await this.model.close();
    await this.home.remove();
  }

  /** Closes the model server and removes the folders. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
