/** Reads upstream's unions of messages as tables of methods. */
import ts from "typescript";
import { propertyName } from "./print_type.ts";
import { compare, type Declaration, type Declarations } from "./read_upstream.ts";

/** Whether a method works without asking for the experimental API. */
export type Stability = "stable" | "experimental";

/** One method of the protocol. */
export interface Method {
  readonly method: string;
  readonly stability: Stability;
  /** The whole message, as upstream has it. */
  readonly message: ts.TypeLiteralNode;
  /** The type of the params; `undefined` when the method has none. */
  readonly params: ts.TypeNode | undefined;
  /** Whether the params may be left out. */
  readonly optional: boolean;
  /** The name of the result type; `undefined` for notifications. */
  readonly result: string | undefined;
}

/** Every method of the protocol, each table in alphabetical order. */
export interface MethodTables {
  readonly clientRequests: readonly Method[];
  readonly clientNotifications: readonly Method[];
  readonly serverRequests: readonly Method[];
  readonly serverNotifications: readonly Method[];
}

/** Upstream's unions of messages: the tables stand for them. */
export const MESSAGE_UNIONS: ReadonlySet<string> = new Set([
  "ClientNotification",
  "ClientRequest",
  "ServerNotification",
  "ServerNotificationEnvelope",
  "ServerRequest",
]);

/** Results whose name does not follow from the method or its params. */
const RESULTS: Readonly<Record<string, string>> = {
  "account/logout": "LogoutAccountResponse",
  "account/securitySetup/read": "GetAccountSecuritySetupResponse",
  "accountSession/list": "AccountSessionsResponse",
  "account/workspaceMessages/read": "GetWorkspaceMessagesResponse",
  "config/batchWrite": "ConfigWriteResponse",
  "config/mcpServer/reload": "McpServerRefreshResponse",
  "config/value/write": "ConfigWriteResponse",
  "externalAgentConfig/import/readHistories": "ExternalAgentConfigImportHistoriesReadResponse",
  "modelProvider/default/set": "ConfigWriteResponse",
};

/**
 * Builds the tables from the whole protocol and its stable part.
 *
 * @throws {Error} When a request has no result, a result no request, or an exception is of no use.
 */
export function readMethods(
  whole: Declarations,
  stable: Declarations,
): MethodTables {
  const read = (union: string, withResults: boolean): Method[] => {
    const known = new Set(messages(union, stable).map((message) => message.method));
    return messages(union, whole)
      .map((message): Method => ({
        ...message,
        stability: known.has(message.method) ? "stable" : "experimental",
        result: withResults ? resultOf(message, whole) : undefined,
      }))
      .sort((a, b) => compare(a.method, b.method));
  };
  const tables: MethodTables = {
    clientRequests: read("ClientRequest", true),
    clientNotifications: read("ClientNotification", false),
    serverRequests: read("ServerRequest", true),
    serverNotifications: read("ServerNotification", false),
  };
  checkResults([...tables.clientRequests, ...tables.serverRequests], whole);
  return tables;
}

type Message = Pick<Method, "method" | "message" | "params" | "optional">;

function messages(union: string, declarations: Declarations): Message[] {
  const { type } = find(union, declarations);
  const variants = ts.isUnionTypeNode(type) ? type.types : [type];
  return variants.map((variant) => {
    if (!ts.isTypeLiteralNode(variant)) throw new Error(`Cannot read "${union}": not an object`);
    const fields = new Map(
      variant.members.filter(ts.isPropertySignature).map((field) => [propertyName(field), field]),
    );
    const method = fields.get("method")?.type;
    if (!method || !ts.isLiteralTypeNode(method) || !ts.isStringLiteral(method.literal)) {
      throw new Error(`Cannot read "${union}": a message without a method`);
    }
    const params = fields.get("params");
    const empty = params?.type?.kind === ts.SyntaxKind.UndefinedKeyword;
    return {
      method: method.literal.text,
      message: variant,
      params: empty ? undefined : params?.type,
      optional: params?.questionToken !== undefined,
    };
  });
}

function find(name: string, declarations: Declarations): Declaration {
  const found = declarations.get(name);
  if (!found) throw new Error(`Cannot find the type "${name}"`);
  return found;
}

function resultOf(
  { method, params }: Message,
  declarations: Declarations,
): string {
  const candidates = RESULTS[method] ? [RESULTS[method]] : resultNames(method, params);
  const found = candidates.find((name) => declarations.has(name));
  if (!found) {
    throw new Error(
      `Cannot find the result of "${method}" (tried ${
        candidates.join(", ")
      }): add it to RESULTS in ` +
        "scripts/_generate/method_tables.ts; docs/releasing.md says how to find it",
    );
  }
  return found;
}

/** `XParams` has the result `XResponse`; without params the method's last words spell it. */
function resultNames(method: string, params: ts.TypeNode | undefined): string[] {
  if (params) {
    return referencedNames(params).map((name) => name.replace(/Params$/, "Response"));
  }
  const words = method.split("/").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return words.map((_, index) => `${words.slice(index).join("")}Response`);
}

/** Returns the upstream names that a type is made of, in order. */
export function referencedNames(node: ts.Node): string[] {
  const own = ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)
    ? [node.typeName.text]
    : [];
  const nested: string[] = [];
  ts.forEachChild(node, (child) => {
    nested.push(...referencedNames(child));
  });
  return [...own, ...nested];
}

function checkResults(requests: readonly Method[], declarations: Declarations): void {
  const used = new Set(requests.map((request) => request.result));
  for (const name of declarations.keys()) {
    if (name.endsWith("Response") && !used.has(name)) {
      throw new Error(`Cannot place "${name}": it is the result of no method`);
    }
  }
  const methods = new Set(requests.map((request) => request.method));
  for (const [method, result] of Object.entries(RESULTS)) {
    if (!methods.has(method)) throw new Error(`Cannot use RESULTS: no method "${method}"`);
    const { params } = requests.find((request) => request.method === method) ?? {};
    if (resultNames(method, params).includes(result)) {
      throw new Error(`Cannot use RESULTS: "${method}" does not need its entry`);
    }
  }
}
