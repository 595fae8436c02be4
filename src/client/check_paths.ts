/** Refuses paths that do not exist, which the server accepts or ignores silently. */
import { PathNotFoundError } from "../errors/path_errors.ts";
import type { UserInput } from "../generated/types.ts";
import { isAbsolutePath } from "../util/absolute_path.ts";
import { waitAtMost } from "../util/timer.ts";
import type { ClientContext } from "./client_context.ts";

/** Milliseconds to look at a path; a disk that takes longer decides nothing. */
const LOOK_MS = 2_000;

interface NamedPath {
  readonly option: string;
  readonly path: string;
}

function foldersOf(cwd: unknown): NamedPath[] {
  return typeof cwd === "string" ? [{ option: "cwd", path: cwd }] : [];
}

function filesOf(input: readonly UserInput[]): NamedPath[] {
  return input.flatMap((part) => {
    switch (part.type) {
      case "localImage":
      case "localAudio":
      case "skill":
        return [{ option: part.type, path: part.path }];
      default:
        return [];
    }
  });
}

/**
 * Checks the working directory and the files of an input. Paths on a machine that cannot be looked at pass, and so do those
 * that start with `~`, which only the server expands.
 *
 * @throws {PathNotFoundError} if a path does not exist; `signal.reason` if the signal fires
 */
export async function checkPaths(
  { connection }: Pick<ClientContext, "connection">,
  { cwd, input = [] }: { readonly cwd?: unknown; readonly input?: readonly UserInput[] },
  limits: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
): Promise<void> {
  const paths = [...foldersOf(cwd), ...filesOf(input)].filter(({ path }) => !path.startsWith("~"));
  const check = async ({ option, path }: NamedPath): Promise<void> => {
    const { files } = await connection.readyFor("initialize", limits);
    if (files === undefined) return;
    const looked = files.look(path).catch(() => undefined);
    const kind = await waitAtMost(looked, LOOK_MS, limits.signal);
    const startsAt = isAbsolutePath(path) ? "" : ' below the "cwd" of the client';
    if (kind === "missing") {
      throw new PathNotFoundError(option, path, `it does not exist${startsAt}`);
    }
    if (option === "cwd" && kind === "file") {
      throw new PathNotFoundError(option, path, "it is not a directory");
    }
  };
  await Promise.all(paths.map(check));
}
