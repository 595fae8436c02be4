/** The configuration of the server: its files, what an administrator requires, and the permission profiles. */
import { ConfigWriteError, type ConfigWriteReason } from "../errors/config_errors.ts";
import { JsonRpcError } from "../errors/json_rpc_errors.ts";
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type {
  ConfigReadResponse,
  ConfigRequirements,
  ConfigWriteResponse,
  JsonValue,
  MergeStrategy,
  PermissionProfileSummary,
} from "../generated/types.ts";
import { isRecord } from "../util/is_record.ts";
import type { OptionNames } from "../util/option_names.ts";
import type { CallOptions } from "./call_options.ts";
import { checkField, checkReply } from "./check_reply.ts";
import type { ClientContext } from "./client_context.ts";
import { checkCallOptions } from "./option_names.ts";
import { entriesOf } from "./pages.ts";

/**
 * Options of {@linkcode ServerConfig.permissionProfiles}, and the ones that it shares with {@linkcode ServerConfig.read}.
 *
 * @example
 * ```ts
 * import type { ConfigPlaceOptions } from "@codex-app-server/sdk/types";
 *
 * const inProject: ConfigPlaceOptions = { cwd: "/srv/project" };
 * ```
 */
export interface ConfigPlaceOptions extends CallOptions {
  /** The absolute path of a folder, whose project's configuration counts too. Defaults to no project. */
  readonly cwd?: string | undefined;
}

/**
 * Options of {@linkcode ServerConfig.read}.
 *
 * @example
 * ```ts
 * import type { ConfigReadOptions } from "@codex-app-server/sdk/types";
 *
 * const everything: ConfigReadOptions = { includeLayers: true };
 * ```
 */
export interface ConfigReadOptions extends ConfigPlaceOptions {
  /**
   * Whether `layers` has each file and source that the configuration was merged from, the strongest first.
   *
   * @default {false}
   */
  readonly includeLayers?: boolean | undefined;
}

/**
 * Options of {@linkcode ServerConfig.write}.
 *
 * @example
 * ```ts
 * import type { ConfigWriteOptions } from "@codex-app-server/sdk/types";
 *
 * const merged: ConfigWriteOptions = { mergeStrategy: "upsert", reloadUserConfig: true };
 * ```
 */
export interface ConfigWriteOptions extends CallOptions {
  /**
   * Whether a table replaces the one in the file, or is merged into it (`"upsert"`).
   *
   * @default {"replace"}
   */
  readonly mergeStrategy?: MergeStrategy | undefined;
  /** Writes only if the file still has this version: that of its layer, or of the last write. Defaults to any version. */
  readonly expectedVersion?: string | undefined;
  /**
   * Whether loaded threads take over what was written, as far as they can.
   *
   * @default {false}
   */
  readonly reloadUserConfig?: boolean | undefined;
}

const LIMITS: OptionNames<CallOptions> = { signal: true, timeoutMs: true };
const PLACE: OptionNames<ConfigPlaceOptions> = { ...LIMITS, cwd: true };
const READ: OptionNames<ConfigReadOptions> = { ...PLACE, includeLayers: true };
const WRITE: OptionNames<ConfigWriteOptions> = {
  ...LIMITS,
  mergeStrategy: true,
  expectedVersion: true,
  reloadUserConfig: true,
};

/**
 * The configuration of the server, as `Codex.config`. To configure one server only, use `configOverrides`; to
 * configure one thread, the options of `threadStart()`.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function think(codex: Codex): Promise<string | null> {
 *   await codex.config.write({ model_reasoning_effort: "high", "tools.view_image": null });
 *   return (await codex.config.read()).config.model_reasoning_effort; // "high"
 * }
 * ```
 */
export class ServerConfig {
  readonly #context: ClientContext;

  /** Operates over the connection of a client. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Reads the merged configuration (`config/read`); `origins` names the layer of each setting.
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the server refuses the request, for example because it cannot read a file
   */
  async read(options: ConfigReadOptions = {}): Promise<ConfigReadResponse> {
    checkCallOptions("config.read()", options, READ);
    const { cwd, includeLayers = false } = options;
    const params = { includeLayers, ...(cwd === undefined ? {} : { cwd }) };
    const reply = await this.#ask("config/read", params, options);
    checkField("config/read", reply, "config", isRecord);
    checkField("config/read", reply, "origins", isRecord);
    if (includeLayers) checkField("config/read", reply, "layers", Array.isArray);
    return reply;
  }

  /**
   * Writes settings to the user's `config.toml` (`config/batchWrite`), all or none: the keys are dotted paths, whose parts
   * may be quoted, and `null` removes a setting. With the status `"okOverridden"`, another layer still decides one of them.
   * The server refuses invalid values; it accepts unknown keys.
   *
   * @throws {TypeError} if there are no settings, a value is not JSON, or an option is unknown
   * @throws {ConfigWriteError} if the server refuses to write, with `reason`; nothing was written then
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   * import { ConfigWriteError, type ConfigWriteReason } from "@codex-app-server/sdk/errors";
   *
   * async function setModel(codex: Codex, model: string, expectedVersion: string): Promise<boolean> {
   *   try {
   *     await codex.config.write({ model }, { expectedVersion });
   *     return true;
   *   } catch (error) {
   *     if (error instanceof ConfigWriteError && error.reason === "configVersionConflict") return false;
   *     throw error;
   *   }
   * }
   * ```
   */
  async write(
    settings: { readonly [keyPath: string]: JsonValue },
    options: ConfigWriteOptions = {},
  ): Promise<ConfigWriteResponse> {
    checkCallOptions("config.write()", options, WRITE);
    const { mergeStrategy = "replace", expectedVersion, reloadUserConfig } = options;
    const params = {
      edits: editsOf(settings).map((edit) => ({ ...edit, mergeStrategy })),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
      ...(reloadUserConfig === undefined ? {} : { reloadUserConfig }),
    };
    try {
      const reply = await this.#ask("config/batchWrite", params, options);
      checkReply("config/batchWrite", reply, "status", "version", "filePath");
      return reply;
    } catch (error) {
      throw writeFailure(error);
    }
  }

  /**
   * Returns what an administrator requires of the configuration (`configRequirements/read`), or `null`.
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the server refuses the request
   */
  async requirements(options: CallOptions = {}): Promise<ConfigRequirements | null> {
    checkCallOptions("config.requirements()", options, LIMITS);
    const method = "configRequirements/read";
    const reply = await this.#ask(method, undefined, options);
    checkField(method, reply, "requirements", (value) => value === null || isRecord(value));
    return reply.requirements;
  }

  /**
   * Returns the permission profiles that can be used (`permissionProfile/list`); `allowed` says whether the requirements allow
   * one. The ids of Codex's own begin with a colon.
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the server refuses the request
   */
  async permissionProfiles(options: ConfigPlaceOptions = {}): Promise<PermissionProfileSummary[]> {
    checkCallOptions("config.permissionProfiles()", options, PLACE);
    const { cwd } = options;
    const method = "permissionProfile/list";
    const { connection: { onDiagnostic } } = this.#context;
    const profiles = entriesOf<PermissionProfileSummary>((cursor) => {
      const params = {
        ...(cwd === undefined ? {} : { cwd }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      return this.#ask(method, params, options);
    }, { method, onDiagnostic });
    const all: PermissionProfileSummary[] = [];
    for await (const profile of profiles) all.push(profile);
    return all;
  }

  #ask<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    { signal, timeoutMs }: CallOptions,
  ): Promise<ClientResult<M>> {
    return this.#context.request(method, params, { signal, timeoutMs });
  }
}

/**
 * Returns the settings as edits.
 *
 * @throws {TypeError} if there are none, or a value has no JSON
 */
function editsOf(settings: unknown): { readonly keyPath: string; readonly value: JsonValue }[] {
  if (!isRecord(settings) || Object.keys(settings).length === 0) {
    throw new TypeError(
      'Cannot write the configuration: there are no settings, such as { model: "..." }',
    );
  }
  return Object.entries(settings).map(([keyPath, value]) => {
    if (JSON.stringify(value) !== undefined) return { keyPath, value: value as JsonValue };
    throw new TypeError(
      `Cannot write the setting "${keyPath}": it is ${typeof value}; use null to remove it`,
    );
  });
}

const REASONS: readonly ConfigWriteReason[] = [
  "configLayerReadonly",
  "configVersionConflict",
  "configValidationError",
  "configPathNotFound",
  "configSchemaUnknownKey",
  "userLayerNotFound",
];

/** Returns the `ConfigWriteError` for a refusal to write; returns other errors unchanged. */
function writeFailure(error: unknown): unknown {
  if (!(error instanceof JsonRpcError) || !isRecord(error.data)) return error;
  const { method, rpcCode, data, message } = error;
  const sent: unknown = error.data.config_write_error_code;
  if (typeof sent !== "string") return error;
  const reason = REASONS.find((known) => known === sent) ?? "other";
  return new ConfigWriteError(message, { method, rpcCode, data, reason });
}
