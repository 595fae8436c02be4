/** Whether a server can be given tools, found out before a thread is started without them. */
import { InvalidParamsError } from "../../errors/json_rpc_errors.ts";
import { ToolsNotSupportedError } from "../../errors/request_errors.ts";
import type { RequestOptions } from "../../protocol/connection.ts";
import { isOlder } from "../../protocol/metadata.ts";
import type { ClientContext } from "../client_context.ts";
import type { ToolSet } from "./tool_set.ts";

/** The oldest version that was seen to serve tools, older ones may ignore them silently. */
const OLDEST = "0.104";

/**
 * Checks that the server can be given tools; connects, where that has not happened.
 *
 * @throws {ToolsNotSupportedError} when `experimentalApi` is off, or the server is too old
 */
export async function assertToolsSupported(
  context: ClientContext,
  limits: Pick<RequestOptions, "signal" | "timeoutMs">,
): Promise<void> {
  if (!context.experimentalApi) {
    throw new ToolsNotSupportedError('the client was made with "experimentalApi: false"');
  }
  const { version } = await context.metadata("thread/start", limits);
  if (version === null || !isOlder(version, OLDEST)) return;
  throw new ToolsNotSupportedError(
    `Codex ${version} is older than ${OLDEST}, the first that is known to have them`,
  );
}

/**
 * Refuses tools that are given to a turn: the server would ignore them, and nothing would tell.
 *
 * @throws {TypeError} when there are some
 */
export function refuseTurnTools({ tools }: { readonly tools?: unknown }): void {
  if (tools == null) return;
  throw new TypeError(
    '"tools" are an option of threadStart(), threadResume() and threadFork(): a turn has none of its own',
  );
}

/** An old server that knows tools but no namespaces misses the schema of what it takes for a tool. */
export function namespaceRefusal(error: unknown, specs: ToolSet["specs"]): unknown {
  const hasNamespace = specs.some(({ type }) => type === "namespace");
  const isRefusal = error instanceof InvalidParamsError &&
    /missing field `inputSchema`/.test(error.message);
  if (!hasNamespace || !isRefusal) return error;
  return new ToolsNotSupportedError("this version of Codex has no namespaces for them", {
    cause: error,
  });
}
