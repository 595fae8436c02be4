/** A slim Debian with Node, the program and the runtime, and the runs in it. */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { copyTree } from "../_deploy/build.ts";
import type { Outcome, ProgramRun } from "../../tests/deploy/_runs.ts";
import { mustRun } from "../_matrix/tools.ts";

/** What goes into the image. */
export interface ImageContents {
  /** The executable of Node. */
  readonly node: string;
  /** The bundled program. */
  readonly program: string;
  /** The folder of the runtime. */
  readonly runtime: string;
}

/** Where the program is in the image. */
const PROGRAM = "/opt/app/program.mjs";

/** Makes a minimal Debian, and puts Node, the program and the runtime into it. */
export async function makeImage(folder: string, contents: ImageContents): Promise<void> {
  const release = await readFile("/etc/os-release", "utf8");
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? "stable";
  await mustRun("debootstrap", ["--variant=minbase", suite, folder], "/");
  const app = join(folder, "opt", "app");
  for (const path of [app, join(folder, "var", "lib", "codex")]) {
    await mkdir(path, { recursive: true });
    await chmod(path, 0o755);
  }
  const node = join(folder, "usr", "local", "bin", "node");
  await copyFile(contents.node, node);
  await chmod(node, 0o755);
  await copyFile(contents.program, join(folder, PROGRAM));
  await chmod(join(folder, PROGRAM), 0o644);
  await copyTree(contents.runtime, join(app, "codex"));
}

/** Makes a certificate authority of this image alone, and a certificate of it for the model server on loopback. */
export async function makeCertificates(folder: string): Promise<void> {
  const tls = join(folder, "opt", "app", "tls");
  await mkdir(tls, { recursive: true });
  const key = ["-newkey", "rsa:2048", "-noenc"];
  const openssl = (...args: string[]): Promise<string> => mustRun("openssl", args, tls);
  await openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca");
  await openssl(
    ...["req", "-x509", ...key, "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"],
    ...["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  );
  await rm(join(tls, "ca.key"));
  await chmod(join(tls, "key.pem"), 0o644);
}

/** Returns what is missing to make an image, or `undefined`. */
export function whyNoContainer(): string | undefined {
  if (process.platform !== "linux") return "containers are Linux";
  if (process.getuid?.() !== 0) return "only root can make a root file system";
  const places = (process.env["PATH"] ?? "").split(":").concat("/usr/sbin", "/sbin");
  const missing = ["debootstrap", "unshare", "setpriv", "openssl", "ip"].filter((name) => {
    return !places.some((place) => existsSync(join(place, name)));
  });
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}

/** The state of Codex: with `/tmp`, all that is writable. */
const STATE = { CODEX_HOME: "/var/lib/codex" };
const PATH = "/usr/local/bin:/usr/bin:/bin";
/** Users with a name and a home, with a name and none, and without either. */
const USERS = { root: 0, nobody: 65_534, "a user without a name": 12_345 };

/** Returns every run in the image: as in a container, and in a plain `chroot`. */
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

/** A model behind `https:`, whose certificate authority the image does not know. */
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
