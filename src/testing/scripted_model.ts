/** A scripted model and a home that points to it: everything that a test of an app needs. */
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { HOME_OPTIONS, TemporaryCodexHome } from "./codex_home.ts";
import type { TemporaryCodexHomeOptions } from "./codex_home.ts";
import { MODEL_OPTIONS, ModelServer } from "./model_server.ts";
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
  extends ModelServerOptions, Omit<TemporaryCodexHomeOptions, "modelUrl"> {
  /**
   * A model server of your own, such as one of {@linkcode ModelServer.record}, in place of a new one; it is closed too.
   * `respond` and `maxRequests` are then its own.
   */
  readonly server?: ModelServer;
}

const { modelUrl: _given, ...OF_HOME } = HOME_OPTIONS;
const SCRIPTED_OPTIONS: OptionNames<ScriptedModelOptions> = {
  ...MODEL_OPTIONS,
  ...OF_HOME,
  server: true,
};

/**
 * Client options that select the scripted model; spread them into `Codex.start()`.
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
  /** The environment, on top of the inherited one. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Start here for tests: the real binary with a scripted model, without a key or network. A single dispose closes the
 * server and removes the folders.
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
 * console.log(result.finalResponse === "hello"); // true
 * console.log(scripted.model.requests[0]?.lastUserText()); // "Say hello"
 * ```
 */
export class ScriptedModel implements AsyncDisposable {
  /** The model: its queued responses and its requests. */
  readonly model: ModelServer;
  /** The home and the workspace of the binary. */
  readonly home: TemporaryCodexHome;

  private constructor(model: ModelServer, home: TemporaryCodexHome) {
    this.model = model;
    this.home = home;
  }

  /**
   * Starts the model server and creates the home that points to it.
   *
   * @throws {TypeError} if an option is unknown
   */
  static async start(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
    checkOptionNames("ScriptedModel.start()", options, SCRIPTED_OPTIONS);
    const { respond, maxRequests, server, ...settings } = options;
    if (server !== undefined && (respond !== undefined || maxRequests !== undefined)) {
      throw new TypeError('"respond" and "maxRequests" are options of the "server" that is given');
    }
    const model = server ?? await ModelServer.start({
      ...(respond === undefined ? {} : { respond }),
      ...(maxRequests === undefined ? {} : { maxRequests }),
    });
    try {
      const home = await TemporaryCodexHome.create({ ...settings, modelUrl: model.url });
      return new ScriptedModel(model, home);
    } catch (error) {
      await model.close();
      throw error;
    }
  }

  /** The options to spread into those of the client. */
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
