/** A fresh home and workspace for one run of the binary, away from the user's own. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loopbackEnv } from "./loopback.ts";

/** A file that makes its folder the root of a project: the binary looks for `AGENTS.md` and the like no further up. */
const ROOT_MARKER = ".codex-test-root";

/**
 * Options of {@linkcode TemporaryCodexHome.create}.
 *
 * @example
 * ```ts
 * import type { TemporaryCodexHomeOptions } from "@codex-app-server/sdk/testing";
 *
 * const options: TemporaryCodexHomeOptions = {
 *   sandboxMode: "workspace-write",
 *   features: { goals: true },
 * };
 * ```
 */
export interface TemporaryCodexHomeOptions {
  /** The base URL of the model, `ModelServer.url`; without it no model provider is configured. */
  readonly modelUrl?: string;
  /** The model's name; `"mock-model"` unless told. */
  readonly model?: string;
  /** The approval policy as in `config.toml`; `"never"` unless told. */
  readonly approvalPolicy?: string;
  /** The sandbox as in `config.toml`; `"read-only"` unless told. */
  readonly sandboxMode?: string;
  /** Whether requests to the model carry the login's bearer token; `false` unless told. */
  readonly requiresOpenaiAuth?: boolean;
  /** Feature flags; `plugins` is off unless told, as it looks for its repository on the network. */
  readonly features?: Readonly<Record<string, boolean>>;
  /** TOML for the top of the file: keys of the root, before any table. */
  readonly rootToml?: string;
  /** TOML for the end of the file: tables of your own, other than `features`. */
  readonly extraToml?: string;
}

/**
 * A temporary `CODEX_HOME` with its `config.toml`, with a workspace and an empty home directory next to it. Instructions,
 * skills and settings of folders above do not reach the agent: the project ends at the temporary folder
 * (`project_root_markers`, which `rootToml` may set otherwise), or at a git repository that you make in it. Only the paths
 * of a turn's diff depend on a git repository above: they are relative to its root.
 *
 * @example
 * ```ts
 * import { ModelServer, TemporaryCodexHome } from "@codex-app-server/sdk/testing";
 *
 * await using model = await ModelServer.start();
 * await using home = await TemporaryCodexHome.create({ modelUrl: model.url });
 * console.log(home.path, home.workspace, home.env);
 * ```
 */
export class TemporaryCodexHome implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folders and writes `config.toml`. */
  static async create(options: TemporaryCodexHomeOptions = {}): Promise<TemporaryCodexHome> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "codex-test-")));
    const home = new TemporaryCodexHome(folder);
    await mkdir(home.path);
    await mkdir(home.workspace);
    await mkdir(home.#userHome);
    await writeFile(join(folder, ROOT_MARKER), "");
    await writeFile(join(home.path, "config.toml"), configToml(options));
    return home;
  }

  /** The folder for `CODEX_HOME`. */
  get path(): string {
    return join(this.#folder, "home");
  }

  /** An empty folder to work in. */
  get workspace(): string {
    return join(this.#folder, "workspace");
  }

  /** Keeps the user's own shell profile, skills and settings out of the test. */
  get #userHome(): string {
    return join(this.#folder, "user");
  }

  /**
   * The environment to start the binary with, over the inherited one: commands see an empty home directory too, `git`
   * finds no repository above the folders, and loopback is reached without a proxy.
   */
  get env(): Record<string, string> {
    return {
      HOME: this.#userHome,
      USERPROFILE: this.#userHome,
      CODEX_HOME: this.path,
      CODEX_SQLITE_HOME: this.path,
      CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG: "1",
      OPENAI_API_KEY: "",
      RUST_LOG: "warn",
      GIT_CEILING_DIRECTORIES: this.#folder,
      ...loopbackEnv(),
    };
  }

  /** Removes the folders; tries for about a second while the binary still writes, then leaves the rest. */
  async remove(): Promise<void> {
    const pauses = [0, 20, 50, 100, 200, 300, 400];
    for (const pauseMs of pauses) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      try {
        return await rm(this.#folder, { recursive: true, force: true });
      } catch {
        // A file came or was still open while the folder was emptied.
      }
    }
  }

  /** Removes the folders. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

function configToml(options: TemporaryCodexHomeOptions): string {
  const { model = "mock-model", approvalPolicy = "never", sandboxMode = "read-only" } = options;
  const { rootToml = "" } = options;
  const root = [
    `model = ${quote(model)}`,
    `approval_policy = ${quote(approvalPolicy)}`,
    `sandbox_mode = ${quote(sandboxMode)}`,
    ...(options.modelUrl === undefined ? [] : [`model_provider = "mock_provider"`]),
    ...(/^\s*project_root_markers\b/m.test(rootToml)
      ? []
      : [`project_root_markers = [".git", ${quote(ROOT_MARKER)}]`]),
    rootToml,
  ];
  const provider = options.modelUrl === undefined ? [] : [
    "[model_providers.mock_provider]",
    `name = "Mock"`,
    `base_url = ${quote(options.modelUrl)}`,
    `wire_api = "responses"`,
    "request_max_retries = 0",
    "stream_max_retries = 0",
    `requires_openai_auth = ${options.requiresOpenaiAuth ?? false}`,
  ];
  const features = Object.entries({ plugins: false, ...options.features })
    .map(([name, on]) => `${quote(name)} = ${on}`);
  return [...root, "[features]", ...features, ...provider, options.extraToml ?? "", ""].join("\n");
}

/** A TOML basic string; JSON's escapes are a part of TOML's. */
function quote(text: string): string {
  return JSON.stringify(text);
}
