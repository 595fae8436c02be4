/** `--config key=value` arguments for the runtime. */

/**
 * A value that TOML can represent: no `null`, no `NaN`.
 *
 * @example
 * ```ts
 * import type { ConfigValue } from "@codex-app-server/sdk/types";
 *
 * const provider: ConfigValue = { name: "Proxy", base_url: "http://127.0.0.1:8080", retries: 3 };
 * ```
 */
export type ConfigValue =
  | string
  | number
  | bigint
  | boolean
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue | undefined };

/**
 * Settings that override the server's `config.toml`: an object, or strings `key=value` that are passed on unchanged.
 * A top-level key of the object may be a dotted path, whose quoted parts may contain dots; nested keys are taken
 * literally.
 * `undefined` omits a key.
 *
 * @example
 * ```ts
 * import type { ConfigOverrides } from "@codex-app-server/sdk";
 *
 * const overrides: ConfigOverrides = {
 *   model: "gpt-5",
 *   "sandbox_workspace_write.network_access": true,
 *   model_providers: { "my.proxy": { name: "Proxy", base_url: "http://127.0.0.1:8080/v1" } },
 * };
 * ```
 */
export type ConfigOverrides =
  | readonly string[]
  | { readonly [path: string]: ConfigValue | undefined };

/**
 * Encodes overrides as command-line arguments.
 *
 * The runtime splits a key at each dot and does not support quotes there. So each root key becomes one argument, with
 * an inline table below it, where quoted keys work; the runtime merges it into `config.toml` key by key.
 *
 * @throws {TypeError} if a key or value cannot be written as TOML
 */
export function configArgs(overrides: ConfigOverrides | undefined): string[] {
  if (overrides === undefined) return [];
  const pairs = isList(overrides) ? overrides.map(checkPair) : objectPairs(overrides);
  return pairs.flatMap((pair) => ["--config", pair]);
}

function isList(overrides: ConfigOverrides): overrides is readonly string[] {
  return Array.isArray(overrides);
}

function checkPair(pair: string): string {
  if (typeof pair === "string" && /^[^=]*[^=\s][^=]*=/.test(pair)) return pair;
  throw new TypeError(`A config override must be a string "key=value", got ${shown(pair)}`);
}

/** A table under construction. A `Map`, so that `__proto__` is a key like any other. */
type Table = Map<string, Table | string>;

function objectPairs(overrides: { readonly [path: string]: ConfigValue | undefined }): string[] {
  if (typeof overrides !== "object" || overrides === null) {
    throw new TypeError(`"configOverrides" must be an object or an array, got ${shown(overrides)}`);
  }
  const root: Table = new Map();
  for (const [path, value] of Object.entries(overrides)) {
    if (value !== undefined) insert(root, parsePath(path), value, path);
  }
  return [...root].map(([key, node]) => {
    if (isBareKey(key)) return `${key}=${writeNode(node)}`;
    throw keyError(key, "a root key must not need quotes");
  });
}

/** Sets the value at a path, merging tables with existing ones; a later value wins. */
function insert(table: Table, keys: readonly string[], value: ConfigValue, path: string): void {
  const [key = "", ...rest] = keys;
  const isTable = rest.length > 0 || isPlainObject(value);
  if (!isTable) {
    table.set(key, tomlValue(value, path));
    return;
  }
  const present = table.get(key);
  const child: Table = present instanceof Map ? present : new Map();
  table.set(key, child);
  if (rest.length > 0) return insert(child, rest, value, path);
  for (const [inner, innerValue] of Object.entries(value)) {
    if (innerValue !== undefined) insert(child, [inner], innerValue, `${path}.${tomlKey(inner)}`);
  }
}

function writeNode(node: Table | string): string {
  if (typeof node === "string") return node;
  return `{${[...node].map(([key, inner]) => `${tomlKey(key)}=${writeNode(inner)}`).join(",")}}`;
}

/** Splits a dotted TOML key into its bare or quoted parts. */
function parsePath(path: string): string[] {
  const part = /\s*(?:([\w-]+)|"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(\.|$)/y;
  const keys: string[] = [];
  while (part.lastIndex < path.length || keys.length === 0) {
    const match = part.exec(path);
    if (match === null) throw keyError(path, "it is not a dotted TOML key");
    const [, bare, basic, literal, end] = match;
    keys.push(bare ?? literal ?? unquote(basic ?? "", path));
    if (end === ".") continue;
    return keys;
  }
  throw keyError(path, "it ends with a dot");
}

function unquote(basic: string, path: string): string {
  try {
    return JSON.parse(`"${basic}"`) as string;
  } catch (cause) {
    throw keyError(path, "it contains an invalid escape", { cause });
  }
}

function isBareKey(key: string): boolean {
  return /^[\w-]+$/.test(key);
}

function tomlKey(key: string): string {
  return isBareKey(key) ? key : tomlString(key);
}

/** Formats a value as a TOML literal on one line. */
function tomlValue(value: ConfigValue, path: string): string {
  switch (typeof value) {
    case "string":
      return tomlString(value);
    case "boolean":
      return String(value);
    case "number":
      return tomlNumber(value, path);
    case "bigint":
      if (BigInt.asIntN(64, value) === value) return String(value);
      break;
    case "object":
      if (Array.isArray(value)) {
        return `[${value.map((item, index) => tomlValue(item, `${path}[${index}]`)).join(",")}]`;
      }
      if (isPlainObject(value)) {
        const table: Table = new Map();
        for (const [key, inner] of Object.entries(value)) {
          if (inner !== undefined) insert(table, [key], inner, `${path}.${tomlKey(key)}`);
        }
        return writeNode(table);
      }
  }
  throw valueError(path, `got ${shown(value)}`);
}

function tomlNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) {
    throw valueError(path, `${value} is not a finite number`);
  }
  // Beyond 2^53 an integer is inexact, and TOML integers end at 2^63: written as a float.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
  return String(value);
}

/** Formats a TOML basic string. JSON's escapes are valid in TOML, but DEL must be escaped too. */
function tomlString(value: string): string {
  return JSON.stringify(value.toWellFormed?.() ?? value).replaceAll("\x7f", "\\u007F");
}

function isPlainObject(value: unknown): value is { readonly [key: string]: ConfigValue } {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // Also matches the `Object.prototype` of another realm, which has no prototype either.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function keyError(key: string, state: string, options?: ErrorOptions): TypeError {
  return new TypeError(`Cannot set the config key ${shown(key)}: ${state}`, options);
}

function valueError(path: string, state: string): TypeError {
  return new TypeError(`Cannot write the config value of ${path} as TOML: ${state}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
