/**
 * A real sshd on loopback, for one test. It is the machine's own, or that of Debian's package, unpacked into a cache: nothing
 * is installed. Root runs it in a mount namespace of its own with its own list of users; others log in as themselves.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { ChildProcess } from "../../src/process/host.ts";
import { current, environment, output, root, text, until } from "../process/_current.ts";

const cache = join(root, "node_modules", ".cache", `openssh-server-${process.arch}`);
const isRoot = process.getuid?.() === 0;

async function whyNoSshd(): Promise<string | undefined> {
  if (process.platform !== "linux") return "sshd is tested on Linux alone";
  for (const tool of ["ssh", "ssh-keygen", ...(isRoot ? ["unshare"] : [])]) {
    if (await succeeds(["/bin/sh", "-c", `command -v ${tool}`]) !== undefined) {
      return `there is no ${tool}`;
    }
  }
  if (program() === undefined) {
    const problem = await unpackDebianPackage();
    if (problem !== undefined) return `there is no sshd: ${problem}`;
  }
  try {
    await using _server = await Sshd.start();
    return undefined;
  } catch (error) {
    return `sshd does not start: ${String(error)}`;
  }
}

/** Returns `undefined` if a program succeeds, or what it said. */
async function succeeds(command: readonly string[], cwd?: string): Promise<string | undefined> {
  try {
    const { code, stderr } = await output(command, cwd === undefined ? {} : { cwd });
    return code === 0 ? undefined : stderr.trim().split("\n").at(-1) ?? "";
  } catch (error) {
    return String(error);
  }
}

function program(): string | undefined {
  return ["/usr/sbin/sshd", "/usr/local/sbin/sshd", join(cache, "usr/sbin/sshd")].find(existsSync);
}

/** Downloads and unpacks sshd where there is `apt-get`; returns the problem if it cannot. */
async function unpackDebianPackage(): Promise<string | undefined> {
  mkdirSync(join(cache, ".."), { recursive: true });
  const unfinished = await mkdtemp(`${cache}-`);
  try {
    const download = ["apt-get", "-q", "download", "openssh-server", "libwrap0"];
    let problem = await succeeds(download, unfinished);
    if (problem !== undefined && isRoot) {
      await succeeds(["apt-get", "-q", "update"]);
      problem = await succeeds(download, unfinished);
    }
    if (problem !== undefined) return problem;
    for (const name of readdirSync(unfinished).filter((file) => file.endsWith(".deb"))) {
      const unpack = ["dpkg-deb", "-x", join(unfinished, name), unfinished];
      const fault = await succeeds(unpack);
      if (fault !== undefined) return fault;
    }
    try {
      renameSync(unfinished, cache);
    } catch (error) {
      if (program() === undefined) throw error; // else another run was faster
    }
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Gives root a home and sshd the user and the folder that it wants, for this namespace alone. */
const AS_ROOT = `mount --make-rprivate / && mount --bind "$1/passwd" /etc/passwd &&
mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/sshd && shift && exec "$@"`;

/** A running sshd and a client's keys. */
export class Sshd implements AsyncDisposable {
  /** The name of the host with its user, for `ssh()`. */
  readonly host: string = `${isRoot ? "root" : userInfo().username}@127.0.0.1`;
  readonly folder: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(folder: string, port: number, child: ChildProcess, ended: Promise<unknown>) {
    this.folder = folder;
    this.port = port;
    this.#child = child;
    this.#ended = ended;
  }

  /** Starts a server that accepts the key in its folder. */
  static async start(tries: number = 3): Promise<Sshd> {
    const folder = await mkdtemp(join(tmpdir(), "codex-sdk-sshd-"));
    try {
      for (const name of ["hostkey", "key", "otherkey"]) {
        const problem = await succeeds(
          ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)],
        );
        if (problem !== undefined) throw new Error(problem);
      }
      const port = await freePort();
      const hostKey = await readFile(join(folder, "hostkey.pub"), "utf8");
      await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${port} ${hostKey}`);
      const home = join(folder, "home");
      mkdirSync(home);
      await writeFile(
        join(folder, "passwd"),
        `root:x:0:0::${home}:/bin/sh\nsshd:x:74:65534::/run/sshd:/bin/false\n`,
      );
      return await Sshd.#spawn(folder, port);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      // Another program may take the port first.
      if (tries > 1 && String(error).includes("in use")) return await Sshd.start(tries - 1);
      throw error;
    }
  }

  static async #spawn(folder: string, port: number): Promise<Sshd> {
    const options = [
      `ListenAddress=127.0.0.1:${port}`,
      `AuthorizedKeysFile=${folder}/key.pub`,
      "StrictModes=no",
      "UsePAM=no",
      "PasswordAuthentication=no",
      "KbdInteractiveAuthentication=no",
      "PidFile=none",
    ].flatMap((option) => ["-o", option]);
    const sshd = [program() ?? "", "-D", "-e", "-f", "/dev/null", "-h", `${folder}/hostkey`];
    const [command = "", ...args] = [
      ...(isRoot ? ["unshare", "--mount", "sh", "-c", AS_ROOT, "sh", folder] : []),
      ...sshd,
      ...options,
    ];
    const unpacked = existsSync(cache)
      ? readdirSync(cache, { recursive: true, encoding: "utf8" })
      : [];
    const libraries = unpacked.filter((path) => path.endsWith("/libwrap.so.0"))
      .map((path) => join(cache, path, ".."));
    const child = await current.host().spawn({
      command,
      args,
      env: { ...environment(), LD_LIBRARY_PATH: libraries.join(":") },
    });
    let said = "";
    let over = false;
    const ended = Promise.all([
      text(child.stderr, (piece) => said += piece),
      text(child.stdout),
      child.exited.then(() => over = true),
    ]);
    const server = new Sshd(folder, port, child, ended);
    await until(() => over || said.includes("Server listening"));
    if (!over) return server;
    await server[Symbol.asyncDispose]();
    throw new Error(said.trim());
  }

  /** The arguments that make `ssh` use this server and nothing of the user's. */
  sshArgs(
    { key = "key", knownHosts = "known_hosts", port = this.port }: {
      readonly key?: string;
      readonly knownHosts?: string;
      readonly port?: number;
    } = {},
  ): string[] {
    return [
      ...["-F", "none", "-p", String(port), "-i", join(this.folder, key)],
      ...["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"],
      ...["-o", `UserKnownHostsFile=${join(this.folder, knownHosts)}`],
      ...["-o", "GlobalKnownHostsFile=none"],
    ];
  }

  /** The processes of the server's sessions, with what runs in them. */
  sessions(): number[] {
    return descendants(this.#child.pid);
  }

  /** Ends the server and its sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of [...this.sessions(), this.#child.pid]) kill(pid, "SIGKILL");
    await Promise.all([this.#ended, this.#child.stdin.abort().catch(() => {})]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Sends a signal to a process that may be gone. */
export function kill(pid: number, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, signal);
  } catch { /* it is gone */ }
}

/** The processes that a process started, directly or not. Each of its threads has children of its own. */
function descendants(pid: number): number[] {
  let children: number[] = [];
  try {
    children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").map(Number)
        .filter((child) => child > 0)
    );
  } catch { /* it is gone */ }
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Returns a port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Why there is no sshd here; `undefined` if there is one. */
export const noSshd: string | undefined = await whyNoSshd();
