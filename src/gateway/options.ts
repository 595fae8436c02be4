/** The options of a gateway. */
import type { ApprovalMode, Sandbox } from "../client/presets.ts";
import type { ThreadStartOptions } from "../client/threads/thread_options.ts";
import type { TurnOptions } from "../client/turns/turn_options.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs } from "../util/timer.ts";
import { memoryOwners, type ThreadOwners } from "./owners.ts";

/**
 * The user of a request, as `authorize` returns it.
 *
 * @example
 * ```ts
 * import type { GatewayUser } from "@codex-app-server/sdk/gateway";
 *
 * const user: GatewayUser = { id: "ann" };
 * ```
 */
export interface GatewayUser {
  /** The stable id of the user: what threads are owned by. */
  readonly id: string;
}

/**
 * What a page may choose. Everything else is set by the server, and a page that sends it gets an error.
 *
 * @example
 * ```ts
 * import type { GatewayAllow } from "@codex-app-server/sdk/gateway";
 *
 * const allow: GatewayAllow = { model: ["gpt-5"], effort: true, sandbox: ["readOnly", "workspace"] };
 * ```
 */
export interface GatewayAllow {
  /**
   * The models: all, none, or these.
   *
   * @default {true}
   */
  readonly model?: boolean | readonly string[] | undefined;
  /**
   * The reasoning efforts: all, none, or these.
   *
   * @default {true}
   */
  readonly effort?: boolean | readonly string[] | undefined;
  /**
   * The sandboxes.
   *
   * @default {[]}
   */
  readonly sandbox?: readonly Extract<Sandbox, string>[] | undefined;
  /**
   * The approval modes.
   *
   * @default {[]}
   */
  readonly approvalMode?: readonly ApprovalMode[] | undefined;
  /**
   * Whether a page may send images, as `data:` URLs.
   *
   * @default {true}
   */
  readonly images?: boolean | undefined;
  /**
   * Whether a page may approve for good: by a rule for commands or for a tool. The server stores that in its home, **for
   * all threads and users of that home**.
   *
   * @default {false}
   */
  readonly always?: boolean | undefined;
}

/**
 * Limits of a gateway; those of users apply to each of them.
 *
 * @example
 * ```ts
 * import type { GatewayLimits } from "@codex-app-server/sdk/gateway";
 *
 * const limits: GatewayLimits = { turns: 2, requestsPerMinute: 120 };
 * ```
 */
export interface GatewayLimits {
  /**
   * Bytes of the body of a request.
   *
   * @default {5_000_000}
   */
  readonly bodyBytes?: number | undefined;
  /**
   * Streams of events that a user may have open.
   *
   * @default {16}
   */
  readonly connections?: number | undefined;
  /**
   * Turns that a user may have running.
   *
   * @default {4}
   */
  readonly turns?: number | undefined;
  /**
   * Threads that a user may have loaded. One that nobody reads is unloaded for the next.
   *
   * @default {32}
   */
  readonly threads?: number | undefined;
  /**
   * Requests of a user per minute; that many may come at once.
   *
   * @default {600}
   */
  readonly requestsPerMinute?: number | undefined;
  /**
   * Events that the log of a thread keeps for pages that connect again.
   *
   * @default {4096}
   */
  readonly logEvents?: number | undefined;
  /**
   * Characters that the log of a thread keeps.
   *
   * @default {1_000_000}
   */
  readonly logChars?: number | undefined;
  /**
   * Turns that a snapshot contains; a page reads older ones from the history.
   *
   * @default {10}
   */
  readonly snapshotTurns?: number | undefined;
  /**
   * Characters of the items that a snapshot contains, and that a running turn takes of the memory. Past it, long texts of
   * the oldest items are shortened, and then the oldest are left out: the history has them.
   *
   * @default {4_000_000}
   */
  readonly snapshotChars?: number | undefined;
}

/**
 * The options of threads that the server sets: everything but the directory and what the gateway answers itself.
 *
 * @example
 * ```ts
 * import { Sandbox } from "@codex-app-server/sdk";
 * import type { GatewayThreadOptions } from "@codex-app-server/sdk/gateway";
 *
 * const thread: GatewayThreadOptions = {
 *   sandbox: Sandbox.workspace,
 *   developerInstructions: "Answer in one paragraph.",
 * };
 * ```
 */
export type GatewayThreadOptions = Omit<
  ThreadStartOptions,
  "cwd" | "ephemeral" | "signal" | "timeoutMs" | "approvalTimeoutMs" | "extraParams"
>;

/**
 * Options of {@linkcode createGateway}.
 *
 * @example
 * ```ts
 * import { Sandbox } from "@codex-app-server/sdk";
 * import type { GatewayOptions } from "@codex-app-server/sdk/gateway";
 *
 * const options: GatewayOptions = {
 *   basePath: "/api/codex",
 *   authorize: (request) => request.headers.get("x-user"), // set by your proxy
 *   workspaces: (user) => ({ home: `/srv/work/${user.id}` }),
 *   thread: { sandbox: Sandbox.workspace },
 * };
 * ```
 */
export interface GatewayOptions {
  /**
   * Returns the user of a request, or the id of the user; `null`, `undefined`, `""` or an error refuses the request with
   * 401. It is asked for every request, before its body is read, and again for open streams (`reauthorizeMs`).
   */
  readonly authorize: (
    request: Request,
  ) =>
    | GatewayUser
    | string
    | null
    | undefined
    | Promise<GatewayUser | string | null | undefined>;
  /**
   * The path of the gateway.
   *
   * @default {"/"}
   */
  readonly basePath?: string | undefined;
  /** The owners of the threads. Defaults to {@linkcode memoryOwners}: after a restart, no thread has an owner. */
  readonly owners?: ThreadOwners | undefined;
  /**
   * The directories that the user's threads may work in, by the names that a page sees; the first is the default.
   * Defaults to the server's working directory, under no name.
   */
  readonly workspaces?:
    | Readonly<Record<string, string>>
    | ((
      user: GatewayUser,
    ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /**
   * Returns the path of a directory with its symbolic links resolved: `realpath` of `node:fs/promises`, for a server on
   * this machine. With it, a page may choose a directory inside of a workspace. Defaults to none.
   */
  readonly realPath?: ((path: string) => Promise<string>) | undefined;
  /**
   * The options of the user's threads.
   *
   * @default {{ sandbox: "readOnly", approvalMode: "ask" }}
   */
  readonly thread?:
    | GatewayThreadOptions
    | ((user: GatewayUser) => GatewayThreadOptions | Promise<GatewayThreadOptions>)
    | undefined;
  /** The options of turns: limits of time and of use. Defaults to none. */
  readonly turn?: Pick<TurnOptions, "timeoutMs" | "idleTimeoutMs" | "limits"> | undefined;
  /** What a page may choose. */
  readonly allow?: GatewayAllow | undefined;
  /** Limits of sizes, numbers and rates. */
  readonly limits?: GatewayLimits | undefined;
  /**
   * The origins whose pages may use the gateway besides its own, such as `"https://app.example.com"`. The own is that of
   * the `Host` header.
   *
   * @default {[]}
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * The values of the `Host` header that the gateway answers to, such as `"localhost:8000"`. Set it for a gateway without
   * a login: it keeps out pages whose name was pointed at this machine. Defaults to all.
   */
  readonly hosts?: readonly string[] | undefined;
  /**
   * Milliseconds between signs of life on a stream of events without any; 0 sends none.
   *
   * @default {15_000}
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * Milliseconds after which the user of an open stream is authorized again, with the headers of its request: a session
   * that has ended ends its streams. 0 never does, for tickets that are good for one request.
   *
   * @default {60_000}
   */
  readonly reauthorizeMs?: number | undefined;
  /**
   * What happens to a running turn whose last reader has left.
   *
   * @default {"continue"}
   */
  readonly onLeave?: "continue" | "interrupt" | undefined;
  /**
   * Milliseconds that a reader may be away before `onLeave` counts.
   *
   * @default {10_000}
   */
  readonly leaveMs?: number | undefined;
  /**
   * Milliseconds for a person to answer a request, which is then declined; 0 is no limit.
   *
   * @default {1_800_000}
   */
  readonly answerTimeoutMs?: number | undefined;
  /**
   * Milliseconds for which a thread that nobody reads and that does nothing stays loaded; 0 keeps it.
   *
   * @default {300_000}
   */
  readonly idleMs?: number | undefined;
  /**
   * Milliseconds that `close()` gives the running turns to end.
   *
   * @default {30_000}
   */
  readonly drainMs?: number | undefined;
  /** Called with every error whose details a page does not see. */
  readonly onError?: ((error: unknown, request: Request | undefined) => void) | undefined;
}

const NAMES: OptionNames<GatewayOptions> = {
  authorize: true,
  basePath: true,
  owners: true,
  workspaces: true,
  realPath: true,
  thread: true,
  turn: true,
  allow: true,
  limits: true,
  origins: true,
  hosts: true,
  heartbeatMs: true,
  reauthorizeMs: true,
  onLeave: true,
  leaveMs: true,
  answerTimeoutMs: true,
  idleMs: true,
  drainMs: true,
  onError: true,
};

const ALLOW: Required<GatewayAllow> = {
  model: true,
  effort: true,
  sandbox: [],
  approvalMode: [],
  images: true,
  always: false,
};

const LIMITS: Required<GatewayLimits> = {
  bodyBytes: 5_000_000,
  connections: 16,
  turns: 4,
  threads: 32,
  requestsPerMinute: 600,
  logEvents: 4_096,
  logChars: 1_000_000,
  snapshotTurns: 10,
  snapshotChars: 4_000_000,
};

type Defined<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> };

/** The options with their defaults. */
export interface GatewaySettings extends
  Defined<
    Omit<GatewayOptions, "workspaces" | "realPath" | "hosts" | "allow" | "limits">
  > {
  readonly allow: Defined<GatewayAllow>;
  readonly limits: Defined<GatewayLimits>;
  readonly workspaces: GatewayOptions["workspaces"];
  readonly realPath: GatewayOptions["realPath"];
  readonly hosts: GatewayOptions["hosts"];
}

/**
 * Checks the options and returns them with their defaults.
 *
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @throws {RangeError} if a limit is out of range
 */
export function gatewaySettings(options: GatewayOptions): GatewaySettings {
  checkOptionNames("createGateway()", options, NAMES);
  const { authorize, allow = {}, limits = {}, basePath = "/", onLeave = "continue" } = options;
  checkOptionNames('"allow" of createGateway()', allow, asNames(ALLOW));
  checkOptionNames('"limits" of createGateway()', limits, asNames(LIMITS));
  if (typeof authorize !== "function") {
    throw new TypeError('createGateway() needs "authorize": a function that returns the user');
  }
  if (!basePath.startsWith("/")) throw new TypeError('"basePath" must begin with "/"');
  if (onLeave !== "continue" && onLeave !== "interrupt") {
    throw new TypeError('"onLeave" must be "continue" or "interrupt"');
  }
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || value > 0) continue;
    throw new RangeError(`"limits.${name}" must be greater than 0, got ${value}`);
  }
  const times = {
    heartbeatMs: options.heartbeatMs ?? 15_000,
    reauthorizeMs: options.reauthorizeMs ?? 60_000,
    leaveMs: options.leaveMs ?? 10_000,
    answerTimeoutMs: options.answerTimeoutMs ?? 1_800_000,
    idleMs: options.idleMs ?? 300_000,
    drainMs: options.drainMs ?? 30_000,
  };
  for (const [name, ms] of Object.entries(times)) checkLimitMs(name, ms);
  return {
    authorize,
    basePath: basePath.replace(/\/+$/, ""),
    owners: options.owners ?? memoryOwners(),
    workspaces: options.workspaces,
    realPath: options.realPath,
    thread: options.thread ?? {},
    turn: options.turn ?? {},
    allow: { ...ALLOW, ...given(allow) },
    limits: { ...LIMITS, ...given(limits) },
    origins: options.origins ?? [],
    hosts: options.hosts,
    onLeave,
    onError: options.onError ?? (() => {}),
    ...times,
  } as GatewaySettings;
}

function given<Options extends object>(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Options;
}

function asNames(defaults: object): Record<string, true> {
  return Object.fromEntries(Object.keys(defaults).map((name) => [name, true]));
}
