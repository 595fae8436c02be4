/** Why a program that reaches a server elsewhere failed, judged by its exit code and stderr. */
import { RemoteError, type RemoteFailure } from "../errors/remote_errors.ts";
import type { ProcessClose } from "../transport/transport.ts";

/** What is known of a program that ended by itself. */
export type RemoteEnd = Pick<ProcessClose, "code" | "stderrTail">;

/** The exit code of the remote script of `ssh()` if it cannot change to `cwd`. */
export const NO_CWD_CODE = 72;

/** A failure and what to do about it. */
interface Sign {
  readonly reason: RemoteFailure;
  /** The text that the program prints. */
  readonly pattern: RegExp;
  readonly state: string;
  readonly remedy: string;
}

/** What OpenSSH prints; it does not translate its messages. */
const OF_SSH: readonly Sign[] = [
  {
    reason: "hostKey",
    pattern: /Host key verification failed|host key is known for|IDENTIFICATION HAS CHANGED/i,
    state: "the key of the host is unknown or has changed",
    remedy:
      `compare it with the one that the host's owner names; then accept a new key by running "ssh" once by hand, ` +
      `and remove a changed one with "ssh-keygen -R"`,
  },
  {
    reason: "unknownHost",
    pattern: /Could not resolve hostname/,
    state: "the name of the host cannot be resolved",
    remedy: "check the name, or give it a HostName in ~/.ssh/config",
  },
  {
    reason: "loginRefused",
    pattern: /Permission denied|Too many authentication failures/,
    state: "the host refused the login",
    remedy:
      `add a key that it accepts to the ssh agent, or name one with "sshArgs": ["-i", path]; ` +
      "nobody is asked for a password",
  },
  {
    reason: "notResponding",
    pattern: /Timeout, server .* not responding/,
    state: "the host stopped answering",
    remedy: "connect again when it does",
  },
  {
    reason: "unreachable",
    pattern: /connect to host .* port|Connection timed out|kex_exchange_identification/,
    state: "nothing answers there",
    remedy: "check that the host is on, the port is right and no firewall is between",
  },
];

const NO_CODEX: Omit<Sign, "pattern"> = {
  reason: "codexNotFound",
  state: "the program to run was not found on the other side, or cannot be executed there",
  remedy: "install codex there, or give its absolute path: the PATH of such a shell is often short",
};

const LOST: Omit<Sign, "pattern"> = {
  reason: "connectionLost",
  state: "the connection ended",
  remedy: "connect again",
};

/** What `docker`, `podman`, `kubectl` and `wsl` print. */
const OF_COMMANDS: readonly Sign[] = [
  {
    reason: "cwdNotFound",
    pattern: /chdir to cwd/,
    state: "the working directory does not exist on the other side",
    remedy: "create it, or name another one",
  },
  {
    reason: "notRunning",
    pattern:
      /No such container|is not running|is paused|pods? .*not found|container not found|no container with name|no distribution with/i,
    state: "what the command should run in does not exist, or is not running",
    remedy: "start it, and check its name",
  },
  {
    reason: "unreachable",
    pattern:
      /Cannot connect to (?:the )?(?:Docker|Podman)|connect to the docker|Unable to connect to the server|connection to the server .* was refused/i,
    state: "the service behind the command does not answer",
    remedy: "start it, and check that this user may use it",
  },
  {
    ...NO_CODEX,
    pattern: /executable file not found|command terminated with exit code 12[67]/i,
  },
];

const NO_SERVER: Sign = {
  reason: "notRunning",
  pattern: /^Error: failed to connect to socket at/,
  state: "no server listens on the socket there",
  remedy:
    `start it with "codex app-server daemon start" or with "--listen unix://PATH", and check the path`,
};

/** Explains how `ssh` ended; `undefined` if the server itself ended. */
export function explainSsh(host: string, end: RemoteEnd): RemoteError | undefined {
  const where = `on "${host}" over ssh`;
  if (end.code === 255) return found(OF_SSH, where, end) ?? remoteError(LOST, where, end);
  if (end.code === 126 || end.code === 127) return remoteError(NO_CODEX, where, end);
  if (end.code === 1) return proxyFailed(where, end);
  if (end.code !== NO_CWD_CODE) return undefined;
  const state = `"cwd" does not exist there`;
  const remedy = "create it, or name another one; a relative path starts at the home folder";
  return remoteError({ reason: "cwdNotFound", state, remedy }, where, end);
}

/** Explains how another program ended; `undefined` if the server itself ended, as far as one can tell. */
export function explainCommand(program: string, end: RemoteEnd): RemoteError | undefined {
  if (end.code === 0 || end.code === null) return undefined;
  const where = `with "${program}"`;
  const missing = end.code === 126 || end.code === 127;
  return found(OF_COMMANDS, where, end) ??
    (missing ? remoteError(NO_CODEX, where, end) : proxyFailed(where, end));
}

/** Explains how `codex app-server proxy` ended, whose message may have a backtrace after it. */
function proxyFailed(where: string, end: RemoteEnd): RemoteError | undefined {
  const line = lines(end).findLast((one) => NO_SERVER.pattern.test(one));
  return line === undefined ? undefined : remoteError(NO_SERVER, where, end, line);
}

/** Returns the error of a program that is not installed here. */
export function programNotFound(program: string, cause: unknown): RemoteError {
  return new RemoteError(
    `Cannot start codex app-server with "${program}": "${program}" was not found on this machine; ` +
      "install it, or name it by its path",
    { reason: "programNotFound", cause },
  );
}

/** The lines in which a program says why it ends; the ones before may come from the other side. */
const LAST_LINES = 5;

/** Maximum length of a line of stderr in an error message, in characters. */
const MAX_LENGTH = 300;

function found(signs: readonly Sign[], where: string, end: RemoteEnd): RemoteError | undefined {
  const last = lines(end).slice(-LAST_LINES);
  const sign = signs.find(({ pattern }) => last.some((line) => pattern.test(line)));
  return sign && remoteError(sign, where, end, last.find((line) => sign.pattern.test(line)));
}

function remoteError(
  { reason, state, remedy }: Omit<Sign, "pattern">,
  where: string,
  end: RemoteEnd,
  line: string = lines(end).at(-1) ?? "",
): RemoteError {
  const said = line === "" ? "" : ` (${line.slice(0, MAX_LENGTH).toWellFormed()})`;
  return new RemoteError(`Cannot reach codex app-server ${where}: ${state}${said}; ${remedy}`, {
    reason,
    exitCode: end.code,
    stderrTail: end.stderrTail,
  });
}

/** The lines of stderr. `wsl` writes UTF-16. */
function lines({ stderrTail }: RemoteEnd): string[] {
  return stderrTail.replaceAll("\0", "").split(/[\r\n]+/).map((line) => line.trim())
    .filter((line) => line !== "");
}
