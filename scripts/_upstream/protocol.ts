/** The protocol of a Codex binary, from the JSON Schemas that it writes itself. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { withScratch } from "../_lib/interruption.ts";
import { releaseVersion } from "../_lib/release_version.ts";

/** A JSON Schema, as far as the binary uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** Schemas by the name of their type. */
export type Definitions = Readonly<Record<string, Schema>>;

/** The definitions of one version. */
export interface Protocol {
  readonly version: string;
  /** The whole protocol. */
  readonly whole: Definitions;
  /** The part that needs no experimental API. */
  readonly stable: Definitions;
}

/** Runs a binary and reads its protocol. */
export async function readProtocol(executable: string): Promise<Protocol> {
  return await withScratch("codex-protocol-", (folder) => {
    const run = (...args: string[]): string =>
      execFileSync(executable, args, {
        env: { ...process.env, CODEX_HOME: folder },
        encoding: "utf8",
        stdio: "pipe",
      });
    const definitions = (...flags: string[]): Definitions => {
      run("app-server", "generate-json-schema", ...flags, "--out", folder);
      const file = join(folder, "codex_app_server_protocol.schemas.json");
      const { v2 = {}, ...others } = JSON.parse(readFileSync(file, "utf8")).definitions;
      return { ...others, ...v2 };
    };
    const version = releaseVersion(run("--version"));
    return { version, whole: definitions("--experimental"), stable: definitions() };
  });
}

/** The unions of messages, by what they hold. */
export const MESSAGES = {
  ClientRequest: "Client requests",
  ServerRequest: "Server requests",
  ServerNotification: "Notifications",
  ClientNotification: "Client notifications",
} as const;

/** Returns the schema of the params of each method in a union; `{}` for a method without any. */
export function paramsByMethod(
  definitions: Definitions,
  union: keyof typeof MESSAGES,
): Map<string, Schema> {
  const { oneOf = [], ...single } = definitions[union] ?? {};
  return new Map(
    [...oneOf, single].flatMap(({ properties }): [string, Schema][] => {
      const method = properties?.["method"]?.enum?.[0];
      return method === undefined ? [] : [[String(method), properties?.["params"] ?? {}]];
    }),
  );
}

/** Returns the alternatives of a schema: of its unions, its types and its fixed values. */
export function membersOf(schema: Schema): Schema[] {
  const { anyOf, oneOf, allOf, type, enum: values } = schema;
  const union = anyOf ?? oneOf ?? (allOf?.length === 1 ? allOf : undefined);
  const beside = schema.properties === undefined ? [] : [{ ...schema, anyOf: [], oneOf: [] }];
  if (union !== undefined && union.length > 0) return [...union.flatMap(membersOf), ...beside];
  if (values !== undefined && values.length > 1) return values.map((value) => ({ enum: [value] }));
  if (typeof type === "object") return type.map((one) => ({ ...schema, type: one }));
  return [schema];
}

/** Returns the name of the type that a schema refers to. */
export function referenceOf({ $ref }: Schema): string | undefined {
  return $ref?.slice($ref.lastIndexOf("/") + 1);
}

/** Returns the only object of a schema, `null` aside and references followed; `undefined` for anything else. */
export function objectOf(schema: Schema, definitions: Definitions): Schema | undefined {
  const name = referenceOf(schema);
  if (name !== undefined) return objectOf(definitions[name] ?? {}, definitions);
  const [only, ...others] = membersOf(schema).filter(({ type }) => type !== "null");
  if (only === undefined || others.length > 0) return undefined;
  if (only.properties !== undefined) return only;
  return only.$ref === undefined ? undefined : objectOf(only, definitions);
}
