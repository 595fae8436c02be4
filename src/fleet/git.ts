/** The git program: arguments without a shell, no hooks, no questions, and an end. */
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { devNull } from "node:os";
import host from "node:process";
import { onAbort } from "../util/on_abort.ts";
import { redact } from "../util/redact.ts";
import { startTimer } from "../util/timer.ts";
import { WorkspaceError } from "./errors.ts";

/** How a command of git runs. */
export interface GitCall {
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** Variables of the environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What it reads. */
  readonly input?: Uint8Array | string | undefined;
  /** Whether it reaches a repository elsewhere: then the settings and the credentials of the user count. */
  readonly remote?: boolean | undefined;
  /** The most that it may print. */
  readonly maxBytes?: number | undefined;
}

/** Maximum length of a name or a message that git prints. */
const MAX_BYTES = 64 * 1024 * 1024;

/** No program of the repository runs, and nothing is cleaned up behind our back. */
const SETTINGS = [
  ...["core.hooksPath=" + devNull, "core.fsmonitor=false", "core.untrackedCache=false"],
  ...["gc.auto=0", "maintenance.auto=false", "advice.detachedHead=false"],
  ...["core.autocrlf=false", "core.quotePath=false", "fetch.recurseSubmodules=false"],
  ...["push.recurseSubmodules=no", "push.gpgSign=false", "commit.gpgSign=false"],
].flatMap((setting) => ["-c", setting]);

/**
 * Runs git and returns what it prints.
 *
 * @throws {WorkspaceError} if git is not installed, fails, prints too much or takes too long
 */
export async function git(args: readonly string[], call: GitCall): Promise<Uint8Array> {
  call.signal?.throwIfAborted();
  const { maxBytes = MAX_BYTES, input, timeoutMs } = call;
  const name = args.find((arg) => /^[a-z]/.test(arg)) ?? "";
  const child = spawn("git", [...SETTINGS, ...args], {
    env: environmentOf(call),
    ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  let why: string | undefined;
  const end = (reason: string): void => {
    why ??= reason;
    child.kill("SIGKILL");
  };
  const stopTimer = startTimer(timeoutMs, () => end(`did not end within ${timeoutMs} ms`));
  const stop = onAbort(call.signal, () => end("was interrupted"));
  const output: Uint8Array[] = [];
  let size = 0;
  let stderr = "";
  child.stdout.on("data", (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > maxBytes) return end(`printed more than ${maxBytes} bytes`);
    output.push(chunk);
  });
  child.stderr.on("data", (chunk) => stderr = `${stderr}${chunk}`.slice(-2_000));
  child.stdin.on("error", () => {}); // git may end before it has read everything
  child.stdin.end(input ?? "");
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    call.signal?.throwIfAborted();
    if (code === 0 && why === undefined) return new Uint8Array(Buffer.concat(output));
    why ??= `failed: ${redact(stderr.trim())}`;
  } catch (cause) {
    call.signal?.throwIfAborted();
    if ((cause as { code?: string }).code !== "ENOENT") throw cause;
    throw new WorkspaceError("git is not installed on the worker", "workspace_git", { cause });
  } finally {
    stopTimer();
    stop();
  }
  throw new WorkspaceError(`git ${name} ${why}`, "workspace_git");
}

/** Runs git and returns the one line that it prints. */
export async function gitLine(args: readonly string[], call: GitCall): Promise<string> {
  return new TextDecoder().decode(await git(args, call)).trim();
}

/** What of the worker's environment would point git elsewhere, or run something. */
const FOREIGN =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_.*|NAMESPACE|COMMON_DIR|EXTERNAL_DIFF|TEMPLATE_DIR|CONFIG.*|TRACE.*|EXEC_PATH|PREFIX|CEILING_.*)$/i;
const NEEDED = /^(?:PATH|SYSTEMROOT|TMPDIR|TEMP|TMP|COMSPEC|PATHEXT)$/i;

function environmentOf({ env, remote = false }: GitCall): Record<string, string> {
  const inherited = Object.entries(host.env).filter(([name, value]) =>
    value !== undefined && (remote ? !FOREIGN.test(name) : NEEDED.test(name))
  ) as [string, string][];
  const alone = { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: devNull };
  return {
    ...(remote ? { GIT_SSH_COMMAND: "ssh -oBatchMode=yes" } : alone),
    ...Object.fromEntries(inherited),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "https:ssh:file",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    ...env,
  };
}
