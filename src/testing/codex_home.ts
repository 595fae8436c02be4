/** A fresh home and workspace for one run of the binary, isolated from the user's own. */
import { copyFile, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { loopbackEnv } from "./loopback.ts";

/** The runtime's own function, even if a test replaces the timers later. */
const realSetTimeout = setTimeout;

/** Names a folder with databases for new homes. */
const DATABASES_VARIABLE = "CODEX_TEST_DATABASES";

/** Marks its folder as a project root: the binary does not look for `AGENTS.md` and the like above it. */
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
  /** The base URL of the model, `ModelServer.url`. Without it, no model provider is configured. */
  readonly modelUrl?: string;
  /**
   * The model's name.
   * @default {"mock-model"}
   */
  readonly model?: string;
  /**
   * The approval policy, as in `config.toml`.
   * @default {"never"}
   */
  readonly approvalPolicy?: string;
  /**
   * The sandbox mode, as in `config.toml`.
   * @default {"read-only"}
   */
  readonly sandboxMode?: string;
  /**
   * Whether requests to the model carry the login's bearer token.
   * @default {false}
   */
  readonly requiresOpenaiAuth?: boolean;
  /**
   * Feature flags. Off by default: `plugins`, because it accesses the network, and `shell_snapshot`, because it runs the
   * machine's shell profile.
   */
  readonly features?: Readonly<Record<string, boolean>>;
  /** TOML for the top of the file: root keys, before any table. */
  readonly rootToml?: string;
  /**
   * TOML for the end of the file: further tables, except `features`. The skills that Codex brings along are off, unless
   * you configure `skills`.
   */
  readonly extraToml?: string;
}

/** The names of the options. */
export const HOME_OPTIONS: OptionNames<TemporaryCodexHomeOptions> = {
  modelUrl: true,
  model: true,
  approvalPolicy: true,
  sandboxMode: true,
  requiresOpenaiAuth: true,
  features: true,
  rootToml: true,
  extraToml: true,
};

/**
 * A temporary `CODEX_HOME` with its `config.toml`, next to a workspace and an empty home directory. Instructions,
 * skills and settings of parent folders do not reach the agent: the project root is the temporary folder
 * (`project_root_markers`, which
 * `rootToml` can override), or a git repository that you create in it. Only the paths in a turn's diff depend on a git
 * repository above: they are relative to its root.
 *
 * In a new home the binary first creates its databases, which takes most of its start. If the environment variable
 * `CODEX_TEST_DATABASES` names a folder, such as the `CODEX_HOME` of an earlier run, the home gets copies of the
 * databases in it.
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

  /**
   * Creates the folders and writes `config.toml`.
   *
   * @throws {TypeError} if an option is unknown
   * @throws {Error} if there is no folder that `CODEX_TEST_DATABASES` names
   */
  static async create(options: TemporaryCodexHomeOptions = {}): Promise<TemporaryCodexHome> {
    checkOptionNames("TemporaryCodexHome.create()", options, HOME_OPTIONS);
    const folder = await realpath(await mkdtemp(join(tmpdir(), "codex-test-")));
    const home = new TemporaryCodexHome(folder);
    try {
      await mkdir(home.path);
      await mkdir(home.workspace);
      await mkdir(home.#userHome);
      await writeFile(join(folder, ROOT_MARKER), "");
      await writeFile(join(home.path, "config.toml"), configToml(options));
      await copyDatabases(process.env[DATABASES_VARIABLE], home.path);
      return home;
    } catch (error) {
      await home.remove();
      throw error;
    }
  }

  /** The `CODEX_HOME` folder. */
  get path(): string {
    return join(this.#folder, "home");
  }

  /** An empty folder to work in. */
  get workspace(): string {
    return join(this.#folder, "workspace");
  }

  /** Isolates the test from the user's shell profile, skills and settings. */
  get #userHome(): string {
    return join(this.#folder, "user");
  }

  /**
   * The environment to start the binary with, on top of the inherited one: commands also see an empty home directory,
   * `git` finds no repository above the folders, and no proxy is used for loopback.
   */
  get env(): Record<string, string> {
    return {
      HOME: this.#userHome,
      USERPROFILE: this.#userHome,
      CODEX_HOME: this.path,
      CODEX_SQLITE_HOME: this.path,
      CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG: "1",
      OPENAI_API_KEY: "",
      RUST_LOG: "error",
      GIT_CEILING_DIRECTORIES: this.#folder,
      ...loopbackEnv(),
    };
  }

  /** Removes the folders. Retries for about a second while the binary still writes, then leaves the rest. */
  async remove(): Promise<void> {
    for (const pauseMs of [20, 50, 100, 200, 300, 400, 0]) {
      try {
        return await rm(this.#folder, { recursive: true, force: true });
      } catch {
        // A file was created or still open while the folder was emptied.
        await new Promise((resolve) => realSetTimeout(resolve, pauseMs));
      }
    }
  }

  /** Removes the folders. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

/** Copies databases, and what is not merged into them yet. */
async function copyDatabases(from: string | undefined, to: string): Promise<void> {
  if (!from) return;
  const files = (await readdir(from)).filter((name) => /\.sqlite(?:-wal)?$/.test(name));
  await Promise.all(files.map((name) => copyFile(join(from, name), join(to, name))));
}

function configToml(options: TemporaryCodexHomeOptions): string {
  const { model = "mock-model", approvalPolicy = "never", sandboxMode = "read-only" } = options;
  const { rootToml = "", extraToml = "" } = options;
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
  const features = Object.entries({ plugins: false, shell_snapshot: false, ...options.features })
    .map(([name, on]) => `${quote(name)} = ${on}`);
  // Other tables about skills could not stand beside this one.
  const skills = /\bskills\b/.test(`${rootToml}${extraToml}`)
    ? []
    : ["[skills.bundled]", "enabled = false"];
  return [...root, "[features]", ...features, ...skills, ...provider, extraToml, ""].join("\n");
}

/** Formats a TOML basic string; JSON's escapes are valid in TOML. */
function quote(text: string): string {
  return JSON.stringify(text);
}
