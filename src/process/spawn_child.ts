/** Starts a child process, or says why it could not be started. */
import {
  CwdNotFoundError,
  PermissionError,
  RuntimeNotFoundError,
  SpawnError,
} from "../errors/start_errors.ts";
import { errorText } from "../util/error_text.ts";
import type { ChildProcess, Host, PathKind, SpawnCommand } from "./host.ts";
import { terminate, TERMINATE_TIMES } from "./terminate.ts";

/**
 * Starts a program; if the signal is aborted meanwhile, it is ended again.
 *
 * @throws the reason of the signal, or an error that says what to do
 */
export async function spawnChild(
  host: Host,
  command: SpawnCommand,
  signal?: AbortSignal,
): Promise<ChildProcess> {
  signal?.throwIfAborted();
  const child = await start(host, command);
  if (signal?.aborted) await abandon(child);
  signal?.throwIfAborted();
  return child;
}

async function start(host: Host, command: SpawnCommand): Promise<ChildProcess> {
  try {
    return await host.spawn(command);
  } catch (error) {
    throw await explainSpawnFailure(host, command, error);
  }
}

/** Ends a child that is no longer wanted, and frees its pipes. */
async function abandon(child: ChildProcess): Promise<void> {
  await Promise.all([
    terminate(child, {
      ...TERMINATE_TIMES,
      force: AbortSignal.abort(),
      endInput: () => void child.stdin.abort().catch(() => {}),
    }),
    child.stdout.cancel().catch(() => {}),
    child.stderr.cancel().catch(() => {}),
  ]);
}

/**
 * Converts the error of a failed start to one that says what to do. Systems report a missing directory and a missing
 * program alike, so both are checked.
 */
async function explainSpawnFailure(
  host: Host,
  command: SpawnCommand,
  error: unknown,
): Promise<Error> {
  const flag = host.missingFlag?.(error, command.command);
  if (flag !== undefined) {
    return new PermissionError(`start "${command.command}"`, flag, { cause: error });
  }
  const reason = errorText(error);
  const { cwd } = command;
  if (cwd !== undefined) {
    const kind = await lookIfAllowed(host, cwd);
    const isMissing = kind === undefined ? reason.includes("No such cwd") : kind !== "directory";
    if (isMissing) return new CwdNotFoundError(cwd, { cause: error });
  }
  const kind = await lookIfAllowed(host, command.command);
  const isMissing = (error as { code?: unknown } | undefined)?.code === "ENOENT";
  if (kind === "missing" || (kind === undefined && isMissing)) {
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
