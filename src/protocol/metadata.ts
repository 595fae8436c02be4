/** The server's metadata from the `initialize` handshake. */
import type { InitializeResponse } from "../generated/types.ts";
import { PROTOCOL_VERSION } from "../generated/version.ts";
import { isRecord } from "../util/is_record.ts";

export { PROTOCOL_VERSION };

/**
 * The server behind a connection.
 *
 * @example
 * ```ts
 * import type { ServerMetadata } from "@codex-app-server/sdk";
 *
 * const about = ({ version, platformOs }: ServerMetadata): string => `${version} on ${platformOs}`;
 * ```
 */
export interface ServerMetadata {
  /** The server's user agent: `<client>/<version> (<system>) ...`. */
  readonly userAgent: string;
  /** The Codex version in `userAgent`, such as `"0.169.0"`; `null` if there is none. */
  readonly version: string | null;
  /** The folder with the server's configuration, logins and threads. */
  readonly codexHome: string;
  /** `"unix"` or `"windows"`. */
  readonly platformFamily: string;
  /** `"linux"`, `"macos"` or `"windows"`. */
  readonly platformOs: string;
}

/** Reads the metadata from the reply to `initialize`; a missing field becomes `""`. */
export function metadataOf(response: unknown, clientName: string): ServerMetadata {
  const fields: Partial<Record<keyof InitializeResponse, unknown>> = isRecord(response)
    ? response
    : {};
  const userAgent = textOf(fields.userAgent);
  return {
    userAgent,
    version: versionOf(userAgent, clientName),
    codexHome: textOf(fields.codexHome),
    platformFamily: textOf(fields.platformFamily),
    platformOs: textOf(fields.platformOs),
  };
}

/** Returns whether the SDK was tested with this version; build metadata does not matter. */
export function isTestedVersion(version: string | null): boolean {
  return version?.replace(/\+.*$/, "") === PROTOCOL_VERSION;
}

/** Reads the version after the client's name, which may itself contain something like a version. */
function versionOf(userAgent: string, clientName: string): string | null {
  const prefix = `${clientName}/`;
  const rest = userAgent.startsWith(prefix) ? userAgent.slice(prefix.length - 1) : userAgent;
  return /\/(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?)(?=\s|$)/.exec(rest)?.[1] ?? null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Returns whether a release of Codex precedes another one; a source build, `0.0.0`, never does. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(than)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && a.some((number) => number > 0) && (a[at] ?? 0) < (b[at] ?? 0);
}

function numbersOf(version: string): number[] {
  return version.split(/[-+]/, 1).join().split(".").map(Number);
}
