/** The skills that the server finds. */
import { InvalidStateError } from "../errors/codex_error.ts";
import type { SkillsListEntry, SkillsListParams } from "../generated/types.ts";
import { isRecord } from "../util/is_record.ts";
import type { OptionNames } from "../util/option_names.ts";
import { type CallOptions, checkText } from "./call_options.ts";
import { checkField, checkObject } from "./check_reply.ts";
import type { ClientContext } from "./client_context.ts";
import { skill, type SkillInput } from "./input/input.ts";
import { checkCallOptions } from "./option_names.ts";

/**
 * Options of {@linkcode Skills.list} and {@linkcode Skills.get}.
 *
 * @example
 * ```ts
 * import type { SkillsOptions } from "@codex-app-server/sdk/types";
 *
 * const ofProject: SkillsOptions = { cwd: "/srv/project", forceReload: true };
 * ```
 */
export interface SkillsOptions extends CallOptions {
  /** The folder whose skills to list, besides those of the user. Defaults to the working directory of the server. */
  readonly cwd?: string | undefined;
  /**
   * Whether to read the files again, instead of what the server remembers.
   *
   * @default {false}
   */
  readonly forceReload?: boolean | undefined;
}

const LIMITS: OptionNames<CallOptions> = { signal: true, timeoutMs: true };
const SKILLS: OptionNames<SkillsOptions> = { ...LIMITS, cwd: true, forceReload: true };

/**
 * The skills that the server finds, as `codex.skills`. The notification `skills/changed` tells that the list is
 * out of date.
 *
 * @example
 * ```ts
 * import { type Codex, printable } from "@codex-app-server/sdk";
 *
 * async function show(codex: Codex): Promise<void> {
 *   const { skills, errors } = await codex.skills.list();
 *   for (const { name, description } of skills) console.log(printable(`${name}: ${description}`));
 *   for (const { path, message } of errors) console.error(printable(`${path}: ${message}`));
 * }
 * ```
 */
export class Skills {
  readonly #context: ClientContext;

  /** Operates over the connection of a client. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Lists the skills of a folder and of the user (`skills/list`); `errors` are the files that could not be read.
   *
   * @throws {TypeError} if an option is unknown
   * @throws {JsonRpcError} if the server refuses the request
   */
  async list(options: SkillsOptions = {}): Promise<SkillsListEntry> {
    checkCallOptions("skills.list()", options, SKILLS);
    return await this.#list(options);
  }

  /**
   * Returns the input that gives a skill to the model, by its name: the first one that is enabled (`skills/list`).
   *
   * @throws {TypeError} if an option is unknown or the name is not a string
   * @throws {InvalidStateError} if there is no such skill, or it is disabled
   *
   * @example
   * ```ts
   * import type { Codex, Thread } from "@codex-app-server/sdk";
   *
   * async function review(codex: Codex, thread: Thread): Promise<string | null> {
   *   const review = await codex.skills.get("review");
   *   return (await thread.run(["Review the last commit.", review])).finalResponse;
   * }
   * ```
   */
  async get(name: string, options: SkillsOptions = {}): Promise<SkillInput> {
    checkText("name", name);
    checkCallOptions("skills.get()", options, SKILLS);
    const { cwd, skills } = await this.#list(options);
    const named = skills.filter((one) => one.name === name);
    const found = named.find(({ enabled }) => enabled);
    if (found !== undefined) return skill(found.name, found.path);
    const why = named.length > 0
      ? `it is disabled; call skills.enable("${name}")`
      : `"${cwd}" has only ${skills.map((one) => one.name).join(", ") || "none"}`;
    throw new InvalidStateError(`Cannot use the skill "${name}": ${why}`);
  }

  /**
   * Enables a skill by its name, for all threads and permanently (`skills/config/write`). A name that no skill has is
   * stored too.
   *
   * @throws {TypeError} if an option is unknown or the name is not a string
   * @throws {InvalidStateError} if another part of the configuration decides otherwise
   */
  async enable(name: string, options: CallOptions = {}): Promise<void> {
    checkCallOptions("skills.enable()", options, LIMITS);
    await this.#set(name, true, options);
  }

  /**
   * Disables a skill by its name, for all threads and permanently (`skills/config/write`): the model is not told of it.
   *
   * @throws {TypeError} if an option is unknown or the name is not a string
   * @throws {InvalidStateError} if another part of the configuration decides otherwise
   */
  async disable(name: string, options: CallOptions = {}): Promise<void> {
    checkCallOptions("skills.disable()", options, LIMITS);
    await this.#set(name, false, options);
  }

  /**
   * Sets the folders that have skills besides the usual ones, until the server ends (`skills/extraRoots/set`). They replace
   * those of the previous call.
   *
   * @throws {TypeError} if an option is unknown or the folders are not an array of strings
   * @throws {JsonRpcError} if a path is not absolute
   */
  async setExtraRoots(folders: readonly string[], options: CallOptions = {}): Promise<void> {
    if (!Array.isArray(folders)) throw new TypeError('"folders" must be an array of paths');
    for (const folder of folders) checkText("folders", folder);
    checkCallOptions("skills.setExtraRoots()", options, LIMITS);
    const { signal, timeoutMs } = options;
    const method = "skills/extraRoots/set";
    const params = { extraRoots: [...folders] };
    checkObject(method, await this.#context.request(method, params, { signal, timeoutMs }));
  }

  async #list({ cwd, forceReload, signal, timeoutMs }: SkillsOptions): Promise<SkillsListEntry> {
    const method = "skills/list";
    const params: SkillsListParams = {
      ...(cwd === undefined ? {} : { cwds: [cwd] }),
      ...(forceReload === undefined ? {} : { forceReload }),
    };
    const reply = await this.#context.request(method, params, { signal, timeoutMs });
    checkField(method, reply, "data", (data) => Array.isArray(data) && isEntry(data[0]));
    return reply.data[0] as SkillsListEntry;
  }

  async #set(name: string, enabled: boolean, { signal, timeoutMs }: CallOptions): Promise<void> {
    checkText("name", name);
    const method = "skills/config/write";
    const reply = await this.#context.request(method, { name, enabled }, { signal, timeoutMs });
    checkField(method, reply, "effectiveEnabled", (effective) => typeof effective === "boolean");
    if (reply.effectiveEnabled === enabled) return;
    throw new InvalidStateError(
      `Cannot ${
        enabled ? "enable" : "disable"
      } the skill "${name}": another part of the configuration decides`,
    );
  }
}

function isEntry(value: unknown): boolean {
  return isRecord(value) && Array.isArray(value.errors) && Array.isArray(value.skills) &&
    value.skills.every((one) => isRecord(one) && typeof one.name === "string");
}
