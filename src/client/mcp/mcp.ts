/** The MCP servers that the server uses. */
import type { McpServers } from "../../config/mcp_servers.ts";
import type {
  JsonValue,
  McpServerStatus,
  McpServerStatusDetail,
  McpServerToolCallResponse,
  ResourceContent,
} from "../../generated/types.ts";
import type { CallOptions } from "../call_options.ts";
import type { ClientContext } from "../client_context.ts";
import type { McpLoginHandle, McpLoginOptions } from "./mcp_login.ts";
import type { RunningCall } from "./mcp_questions.ts";

/**
 * Options of {@linkcode Mcp.list}.
 *
 * @example
 * ```ts
 * import type { McpListOptions } from "@codex-app-server/sdk/types";
 *
 * const brief: McpListOptions = { detail: "toolsAndAuthOnly", timeoutMs: 20_000 };
 * ```
 */
export interface McpListOptions extends CallOptions {
  /**
   * The thread whose connections to report, with their `runtimeStatus`. By default the server starts each MCP server
   * for the list alone, and `runtimeStatus` is `null`.
   */
  readonly threadId?: string | undefined;
  /** Only this MCP server. */
  readonly serverName?: string | undefined;
  /**
   * `"toolsAndAuthOnly"` leaves out the resources.
   *
   * @default {"full"}
   */
  readonly detail?: McpServerStatusDetail | undefined;
}

/**
 * A call of {@linkcode Mcp.callTool}, and its limits.
 *
 * @example
 * ```ts
 * import type { McpToolCall } from "@codex-app-server/sdk/types";
 *
 * const search = (threadId: string): McpToolCall => ({
 *   threadId,
 *   server: "docs",
 *   tool: "search",
 *   arguments: { text: "sandbox" },
 * });
 * ```
 */
export interface McpToolCall extends CallOptions {
  /** The thread whose connection to the MCP server to use; its handlers get the questions of the tool. */
  readonly threadId: string;
  /** The name of the MCP server. */
  readonly server: string;
  /** The name of the tool. */
  readonly tool: string;
  /** The arguments of the tool. Defaults to none. */
  readonly arguments?: { readonly [name: string]: JsonValue } | undefined;
  /** Metadata for the MCP server (`_meta`). */
  readonly meta?: { readonly [name: string]: JsonValue } | undefined;
}

/**
 * A resource that {@linkcode Mcp.readResource} reads, and the limits of the call.
 *
 * @example
 * ```ts
 * import type { McpResource } from "@codex-app-server/sdk/types";
 *
 * const page: McpResource = { server: "docs", uri: "docs://sandbox" };
 * ```
 */
export interface McpResource extends CallOptions {
  /** The name of the MCP server. */
  readonly server: string;
  /** The URI of the resource. */
  readonly uri: string;
  /** The thread whose connection to use. By default the server starts the MCP server for this call alone. */
  readonly threadId?: string | undefined;
}

/**
 * The MCP servers of the server, as `codex.mcp`. The notification `mcpServer/startupStatus/updated` tells how
 * each one starts for a thread.
 *
 * @example
 * ```ts
 * import { type Codex, printable } from "@codex-app-server/sdk";
 *
 * async function show(codex: Codex): Promise<void> {
 *   codex.on("mcpServer/startupStatus/updated", ({ name, status, error }) => {
 *     if (status === "failed") console.error(printable(`${name}: ${error}`));
 *   });
 *   for (const { name, tools, toolsError } of await codex.mcp.list()) {
 *     console.log(printable(`${name}: ${toolsError ?? Object.keys(tools).join(", ")}`));
 *   }
 * }
 * ```
 */
export class Mcp {
  readonly #context: ClientContext;
  readonly #running = new Set<RunningCall>();

  /** Operates over the connection of a client. */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Lists the configured MCP servers with their tools, resources and login state (`mcpServerStatus/list`). `toolsError`
   * is why a server did not start.
   *
   * @throws {TypeError} if an option is unknown
   * @throws {JsonRpcError} if the server refuses the request
   */
  async list(options: McpListOptions = {}): Promise<McpServerStatus[]> {
    const { listServers } = await import("./mcp_calls.ts");
    return await listServers(this.#context, options);
  }

  /**
   * Calls a tool of an MCP server outside of turns, without an approval (`mcpServer/tool/call`). A tool that fails returns
   * `isError: true`. Its questions go to the handlers of the thread and the client; they end with the call. The signal ends
   * the wait, not the call, which the protocol cannot stop.
   *
   * @throws {TypeError} if an option is unknown, or the thread, the server or the tool is not named
   * @throws {JsonRpcError} if the MCP server is unknown, did not start, or refuses the call
   *
   * @example
   * ```ts
   * import type { Codex, Thread } from "@codex-app-server/sdk";
   *
   * async function search(codex: Codex, thread: Thread, text: string): Promise<unknown> {
   *   const call = { threadId: thread.id, server: "docs", tool: "search", arguments: { text } };
   *   const { content, isError } = await codex.mcp.callTool({ ...call, timeoutMs: 60_000 });
   *   if (isError) throw new Error(JSON.stringify(content));
   *   return content;
   * }
   * ```
   */
  async callTool(call: McpToolCall): Promise<McpServerToolCallResponse> {
    const { callTool } = await import("./mcp_calls.ts");
    return await callTool({ context: this.#context, running: this.#running }, call);
  }

  /**
   * Reads a resource of an MCP server (`mcpServer/resource/read`), which may have several parts.
   *
   * @throws {TypeError} if an option is unknown, or the server or the URI is not named
   * @throws {JsonRpcError} if the MCP server is unknown, did not start, or has no such resource
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function text(codex: Codex, uri: string): Promise<string> {
   *   const parts = await codex.mcp.readResource({ server: "docs", uri });
   *   return parts.map((part) => "text" in part ? part.text : "").join("");
   * }
   * ```
   */
  async readResource(resource: McpResource): Promise<ResourceContent[]> {
    const { readResource } = await import("./mcp_calls.ts");
    return await readResource(this.#context, resource);
  }

  /**
   * Starts an OAuth login to an MCP server that is reached over HTTP (`mcpServer/oauth/login`). Threads that are open use
   * it after {@linkcode reload}.
   *
   * @throws {TypeError} if an option is unknown or the name is not a string
   * @throws {JsonRpcError} if there is no such MCP server, or it has no OAuth
   */
  async login(name: string, options: McpLoginOptions = {}): Promise<McpLoginHandle> {
    const { startMcpLogin } = await import("./mcp_login.ts");
    return await startMcpLogin(this.#context, name, options);
  }

  /**
   * Reads the configuration of the MCP servers again (`config/mcpServer/reload`). Open threads start new servers, and those
   * that failed, before their next turn or call.
   *
   * @throws {TypeError} if an option is unknown
   * @throws {JsonRpcError} if the server refuses the request
   */
  async reload(options: CallOptions = {}): Promise<void> {
    const { reload } = await import("./mcp_config.ts");
    await reload(this.#context, options);
  }

  /**
   * Adds MCP servers, or replaces them, for all threads, and reloads (`config/batchWrite`). They are stored in
   * `config.toml`, so secrets are refused: give them to `mcpServers` of the client, or log in by {@linkcode login}.
   *
   * @throws {TypeError} if an option of a server is unknown, has the wrong type or is a secret
   * @throws {JsonRpcError} if the server refuses the configuration
   * @throws {InvalidStateError} if another part of the configuration, such as `mcpServers`, defines a server of that name
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function add(codex: Codex): Promise<void> {
   *   await codex.mcp.add({ docs: { url: "https://mcp.example.com/", enabledTools: ["search"] } });
   * }
   * ```
   */
  async add(servers: McpServers, options: CallOptions = {}): Promise<void> {
    const { addServers } = await import("./mcp_config.ts");
    await addServers(this.#context, servers, options);
  }

  /**
   * Removes an MCP server from `config.toml` and from all threads (`config/batchWrite`). Does nothing if there is none.
   *
   * @throws {TypeError} if an option is unknown or the name is not a string
   * @throws {InvalidStateError} if another part of the configuration, such as `mcpServers`, defines it
   */
  async remove(name: string, options: CallOptions = {}): Promise<void> {
    const { removeServer } = await import("./mcp_config.ts");
    await removeServer(this.#context, name, options);
  }
}
