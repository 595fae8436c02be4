/** Tells why a program did not start. */
import {
  CwdNotFoundError,
  PermissionError,
  RuntimeNotFoundError,
  SpawnError,
} from "../errors/start_errors.ts";
import type { SpawnCommand } from "./child_process.ts";
import type { Host, PathKind } from "./host.ts";

/**
 * Turns the error of a failed start into one that says what to do. The systems report a missing directory and a missing
 * program alike, so both are looked at.
 */
export async function explainSpawnFailure(
  host: Host,
  command: SpawnCommand,
  error: unknown,
): Promise<Error> {
  const flag = host.missingFlag?.(error, command.command);
  if (flag !== undefined) {
    return new PermissionError(`start "${command.command}"`, flag, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const { cwd } = command;
  if (cwd !== undefined) {
    const kind = await lookIfAllowed(host, cwd);
    const isMissing = kind === undefined ? reason.includes("No such cwd") : kind !== "directory";
    if (isMissing) return new CwdNotFoundError(cwd, { cause: error });
  }
  const kind = await lookIfAllowed(host, command.command);
  const saysMissing = (error as { code?: unknown } | undefined)?.code === "ENOENT";
  if (kind === "missing" || (kind === undefined && saysMissing)) {
    const { platform, arch, runtime } = host;
    const tried = [{ place: command.command, outcome: "does not exist" }];
    return new RuntimeNotFoundError({ platform, arch, runtime, tried });
  }
  return new SpawnError(command.command, reason, { cause: error });
}

async function lookIfAllowed(host: Host, path: string): Promise<PathKind | undefined> {
  try {
    return await host.look(path);
  } catch {
    return undefined;
  }
}
