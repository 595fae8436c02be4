import { fileURLToPath } from "node:url";
import type { Outcome, ProgramRun } from "../_deploy/run_program.ts";
import { PROGRAM } from "./image.ts";

/** The state of Codex: all that is to be written, but for `/tmp`. */
const STATE = { CODEX_HOME: "/var/lib/codex" };
const PATH = "/usr/local/bin:/usr/bin:/bin";
/** Users with a name and a home, with a name and none, and without either. */
const USERS = { root: 0, nobody: 65_534, "a user without a name": 12_345 };

/** Every run in the image: as in a container, and in a mere `chroot`. */
export function containerRuns(root: string): ProgramRun[] {
  const works: Outcome = { turn: true, command: /from the sandbox/ };
  const refused = (says: RegExp): Outcome => ({ code: "transport_closed", says });
  return [
    ...Object.entries(USERS).flatMap(([user, uid]) => {
      const run = (name: string, env: Record<string, string>, expect: Outcome): ProgramRun => {
        return inContainer(root, `${user}, ${name}`, { uid, env, expect });
      };
      return [
        run("no HOME, a CODEX_HOME", STATE, works),
        run("a HOME to read only, a CODEX_HOME", { HOME: "/home", ...STATE }, works),
        run("a HOME that is not there, a CODEX_HOME", { HOME: "/gone", ...STATE }, works),
        run("a HOME to read only, no CODEX_HOME", { HOME: "/home" }, refused(/\/home\/\.codex/)),
        run("a CODEX_HOME to read only", { CODEX_HOME: "/srv" }, refused(/\/srv/)),
        run("neither HOME nor CODEX_HOME", {}, refused(/[Rr]ead-only|home directory/)),
      ];
    }),
    ...secureRuns(root),
    ...chrootRuns(root),
  ];
}

/** A model behind `https:`, whose certificate is of no authority that the image knows. */
function secureRuns(root: string): ProgramRun[] {
  const run = (name: string, env: Record<string, string>, expect: Outcome): ProgramRun => ({
    ...inContainer(root, `https, ${name}`, { uid: 12_345, env: { ...STATE, ...env }, expect }),
    args: ["--beside", "--tls=/opt/app/tls", "--timeout=5000"],
  });
  return [
    // The server takes it for a network that is down and tries again without end: a time limit ends the turn.
    run("no certificates", {}, { code: "turn_timeout", says: /./ }),
    run("SSL_CERT_FILE", { SSL_CERT_FILE: "/opt/app/tls/ca.pem" }, { turn: true }),
  ];
}

/** `chroot` alone is less than a container: the system lets nobody make the namespaces of the sandbox there. */
function chrootRuns(root: string): ProgramRun[] {
  const run = (name: string, mount: string, args: string[], expect: Outcome): ProgramRun => ({
    name: `chroot, ${name}`,
    command: [
      ...["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c"],
      `${mount}exec chroot "$0" timeout --kill-after=1 40 "$@"`,
      ...[root, "node", PROGRAM],
    ],
    args: ["--beside", ...args],
    cwd: "/",
    env: { PATH: `${PATH}:/usr/sbin:/sbin`, CODEX_HOME: "/var/lib/codex" },
    expect,
  });
  const proc = `mount -t proc proc "$0/proc" && `;
  const command = "--command=echo from the sandbox";
  return [
    run("a turn whose command has no sandbox", proc, [command], {
      turn: true,
      command: /cannot establish|bubblewrap|bwrap/,
    }),
    run("a command without a sandbox", proc, [command, "--sandbox=fullAccess"], {
      turn: true,
      command: /\nfrom the sandbox/,
    }),
    run("no /proc", "", [], { code: "transport_closed", says: /executable path/ }),
  ];
}

interface InContainer {
  readonly uid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly expect: Outcome;
}

function inContainer(root: string, name: string, { uid, env, expect }: InContainer): ProgramRun {
  const enter = fileURLToPath(new URL("enter.sh", import.meta.url));
  const variables = Object.entries({ PATH, ...env }).map(([key, value]) => `${key}=${value}`);
  return {
    name,
    command: [
      ...["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"],
      ...["bash", enter, root, "40", "setsid", "--wait"],
      ...["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"],
      ...["env", "-i", ...variables, "node", PROGRAM],
    ],
    args: ["--beside", ...("turn" in expect ? ["--command=echo from the sandbox"] : [])],
    cwd: "/",
    env: { PATH: `${PATH}:/usr/sbin:/sbin` },
    expect,
  };
}
