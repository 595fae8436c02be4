/** Reads the TypeScript files that a binary wrote: named types, and the methods in the unions of messages. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import type { UpstreamFolders } from "./run_upstream.ts";

/** Types by name, parsed from text without comments. */
export type Types = ReadonlyMap<string, ts.TypeNode>;

export interface Method {
  readonly method: string;
  readonly stability: "stable" | "experimental";
  /** The type of the params; `undefined` when the method has none. */
  readonly params: ts.TypeNode | undefined;
  readonly optional: boolean;
  /** The name of the result type; `undefined` for notifications. */
  readonly result: string | undefined;
}

/** A union of messages, in which methods are found. */
type Union = "ClientRequest" | "ClientNotification" | "ServerRequest" | "ServerNotification";

/** The methods of each union, in alphabetical order. */
export type Methods = Readonly<Record<Union, readonly Method[]>>;

export interface Protocol {
  readonly version: string;
  /** The whole protocol, without the unions of messages. */
  readonly types: Types;
  /** What a client sees without enabling the experimental API. */
  readonly stable: Types;
  readonly methods: Methods;
  /** The fields of a notification beside its method and params. */
  readonly envelope: ts.TypeNode | undefined;
  /** One sentence for each type or result that could not be resolved: {@linkcode RENAMED} or {@linkcode RESULTS} lacks it. */
  readonly faults: readonly string[];
}

/**
 * Upstream has a root folder and `v2/`, and some names in both. Where the shapes are equal the two become one; where
 * they differ `v2/` keeps the name, and the other is listed here.
 */
const RENAMED: Readonly<Record<string, string>> = {
  SessionSource: "ConversationSessionSource",
  WebSearchAction: "ResponseWebSearchAction",
};

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

export function readProtocol({ experimental, stable, version }: UpstreamFolders): Protocol {
  const faults: string[] = [];
  const types = readTypes(experimental, faults);
  const stableTypes = readTypes(stable, []);
  const read = (union: Union): Method[] => readMethods(union, types, stableTypes);
  const methods = {
    ClientRequest: read("ClientRequest"),
    ClientNotification: read("ClientNotification"),
    ServerRequest: read("ServerRequest"),
    ServerNotification: read("ServerNotification"),
  };
  const requests = [...methods.ClientRequest, ...methods.ServerRequest];
  const results = new Set(requests.map(({ result }) => result));
  for (const { method, result = "" } of requests) {
    if (!types.has(result)) faults.push(`no type is called "${result}", the result of "${method}"`);
  }
  for (const name of types.keys()) {
    if (name.endsWith("Response") && !results.has(name)) {
      faults.push(`"${name}" is the result of no method`);
    }
  }
  const envelope = types.get("ServerNotificationEnvelope");
  const [fields] = envelope && ts.isIntersectionTypeNode(envelope) ? envelope.types : [];
  if (fields === undefined) faults.push('"ServerNotificationEnvelope" has no fields of its own');
  for (const name of [...Object.keys(methods), "ServerNotificationEnvelope"]) types.delete(name);
  return { version, types, stable: stableTypes, methods, envelope: fields, faults };
}

/** Reads every type below a folder, sorted by name; adds a fault where two shapes have the same name. */
export function readTypes(folder: string, faults: string[]): Map<string, ts.TypeNode> {
  const found = new Map<string, ts.TypeNode>();
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && posix.basename(path) !== "index.ts");
  // Those of the root come first: `v2/` keeps a name that both have.
  for (const path of paths.sort((a, b) => depth(a) - depth(b))) {
    const { name, type } = parse(path, readFileSync(join(folder, path), "utf8"));
    const known = found.get(name);
    if (known !== undefined && known.getText() !== type.getText()) {
      faults.push(`"${name}" has two shapes`);
    }
    found.set(name, type);
  }
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

function depth(path: string): number {
  return path.split("/").length;
}

/** Parses a file, whose only type is an alias; the types of {@linkcode RENAMED} get their new names. */
function parse(path: string, text: string): { name: string; type: ts.TypeNode } {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports = source.statements.filter(ts.isImportDeclaration)
    .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text);
  let plain = ts.createPrinter({ removeComments: true }).printFile(source);
  for (const used of [`./${posix.basename(path, ".ts")}`, ...imports]) {
    const target = posix.join(posix.dirname(path), used);
    const renamed = RENAMED[target];
    if (renamed) plain = plain.replaceAll(new RegExp(`\\b${target}\\b`, "g"), renamed);
  }
  const statements = ts.createSourceFile(path, plain, ts.ScriptTarget.Latest, true).statements
    .filter((statement) => !ts.isImportDeclaration(statement));
  const [alias] = statements;
  if (!alias || !ts.isTypeAliasDeclaration(alias) || statements.length > 1) {
    throw new Error(`Cannot read "${path}": not one type alias`);
  }
  return { name: alias.name.text, type: alias.type };
}

function readMethods(union: Union, types: Types, stable: Types): Method[] {
  const known = new Set(messagesOf(union, stable).map(({ method }) => method));
  return messagesOf(union, types).map(({ method, params }): Method => {
    const isEmpty = params?.type?.kind === ts.SyntaxKind.UndefinedKeyword;
    const type = isEmpty ? undefined : params?.type;
    return {
      method,
      params: type,
      optional: params?.questionToken !== undefined,
      stability: known.has(method) ? "stable" : "experimental",
      result: union.endsWith("Request") ? resultOf(method, type, types) : undefined,
    };
  }).sort((a, b) => a.method < b.method ? -1 : 1);
}

function messagesOf(
  union: string,
  types: Types,
): { method: string; params: ts.PropertySignature | undefined }[] {
  const type = types.get(union);
  const variants = type === undefined ? [] : ts.isUnionTypeNode(type) ? [...type.types] : [type];
  return variants.map((variant) => {
    const fields = fieldsOf(variant);
    const method = fields.find((field) => nameOf(field) === "method")?.type;
    if (!method || !ts.isLiteralTypeNode(method) || !ts.isStringLiteral(method.literal)) {
      throw new Error(`Cannot read "${union}": a message without a method`);
    }
    const params = fields.find((field) => nameOf(field) === "params");
    return { method: method.literal.text, params };
  });
}

/** `XParams` has the result `XResponse`; without params the method's last words spell it. */
function resultOf(method: string, params: ts.TypeNode | undefined, types: Types): string {
  const words = method.split("/").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const names = params === undefined
    ? words.map((_, index) => `${words.slice(index).join("")}Response`)
    : namesIn(params).map((name) => name.replace(/Params$/, "Response"));
  return RESULTS[method] ?? names.find((name) => types.has(name)) ?? names[0] ?? "";
}

/** Returns the fields of an object type. */
export function fieldsOf(node: ts.Node): ts.PropertySignature[] {
  return ts.isTypeLiteralNode(node) ? node.members.filter(ts.isPropertySignature) : [];
}

/** Returns the name of a field, quoted or not. */
export function nameOf({ name }: ts.PropertySignature): string {
  return (name as ts.Identifier | ts.StringLiteral).text;
}

/** Returns the names that a type refers to, in order. */
export function namesIn(node: ts.Node): string[] {
  const names: string[] = [];
  if (ts.isTypeReferenceNode(node)) names.push(node.typeName.getText());
  ts.forEachChild(node, (child) => void names.push(...namesIn(child)));
  return names;
}
