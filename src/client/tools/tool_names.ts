/** Checks the names of tools and namespaces before the server rejects them. */

/** The characters that the Responses API allows, which the server enforces. */
const PATTERN = /^[a-zA-Z0-9_-]+$/;
const MAX_NAME = 128;
const MAX_NAMESPACE = 64;

/** Names that the server reserves for MCP servers, for both tools and namespaces. */
const MCP = /^mcp(?:__.*)?$/;

/** Namespaces of the Responses API. */
const API_NAMESPACES: ReadonlySet<string> = new Set([
  "api_tool",
  "browser",
  "computer",
  "container",
  "file_search",
  "functions",
  "image_gen",
  "multi_tool_use",
  "python",
  "python_user_visible",
  "submodel_delegator",
  "terminal",
  "tool_search",
  "web",
]);

/**
 * The tools of Codex itself, by default or by model and settings. The server accepts such a name silently and offers only
 * its own tool: the other one would never be called.
 */
const OWN_TOOLS: ReadonlySet<string> = new Set([
  "apply_patch",
  "close_agent",
  "create_goal",
  "exec_command",
  "get_goal",
  "image_generation",
  "list_mcp_resource_templates",
  "list_mcp_resources",
  "local_shell",
  "read_mcp_resource",
  "request_user_input",
  "resume_agent",
  "send_input",
  "shell",
  "shell_command",
  "spawn_agent",
  "tool_search",
  "update_goal",
  "update_plan",
  "view_image",
  "wait_agent",
  "web_search",
  "write_stdin",
]);

/**
 * Checks the name of a tool.
 *
 * @throws {TypeError} if it is not a string, has characters that the server rejects, or is reserved
 * @throws {RangeError} if it is too long
 */
export function checkToolName(name: unknown): asserts name is string {
  checkName("tool", name, MAX_NAME);
}

/**
 * Checks the name of a namespace.
 *
 * @throws {TypeError} if it is not a string, has characters that the server rejects, or is reserved
 * @throws {RangeError} if it is too long
 */
export function checkNamespaceName(name: unknown): asserts name is string {
  checkName("namespace", name, MAX_NAMESPACE);
  if (!API_NAMESPACES.has(name)) return;
  throw new TypeError(`The namespace "${name}" belongs to the Responses API: choose another name`);
}

/**
 * Checks that a tool outside a namespace is not hidden by one of Codex itself.
 *
 * @throws {TypeError} if Codex has a tool of that name
 */
export function checkNotCodexTool(name: string): void {
  if (!OWN_TOOLS.has(name)) return;
  throw new TypeError(
    `Codex has a tool of its own called "${name}", which the model would use instead: ` +
      "choose another name, or put the tool into a namespace",
  );
}

function checkName(kind: string, name: unknown, most: number): asserts name is string {
  if (typeof name !== "string" || !PATTERN.test(name)) {
    throw new TypeError(
      `The name of a ${kind} must be ASCII letters, digits, "_" and "-", got ${shown(name)}`,
    );
  }
  if (name.length > most) {
    throw new RangeError(
      `The name of a ${kind} must have at most ${most} characters, got ${name.length}`,
    );
  }
  if (MCP.test(name)) {
    throw new TypeError(`The name "${name}" is reserved for MCP servers: choose another name`);
  }
}

function shown(name: unknown): string {
  return typeof name === "string" ? JSON.stringify(name) : typeof name;
}
