/**
 * Start and round trip of each transport beside those of stdio, on the real binary. The start over stdio, `command()` and
 * `ssh()` includes that of the server; over the sockets and a proxy, the server runs already.
 *
 * Run it with Deno, Bun or Node. The first argument is the number of rounds, 8 by default. With a host as the second, `ssh()`
 * is measured too; the rest are arguments of ssh. The host must be this machine.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { createServer } from "node:tls";
import { Codex } from "../mod.ts";
import { findRuntime } from "../src/process/find_runtime.ts";
import type { Connect } from "../src/transport/transport.ts";
import { ScriptedModel } from "../testing.ts";
import { stdio } from "../transports/auto.ts";
import { command } from "../transports/command.ts";
import { host } from "../transports/node.ts";
import { ssh } from "../transports/ssh.ts";
import { unix } from "../transports/unix.ts";
import { websocket } from "../transports/websocket.ts";
import { alternate, type Sample, type Series, type Variant, wallClock } from "./_lib/alternate.ts";
import { report } from "./_lib/results.ts";
import { runtimeName } from "./_lib/runtime.ts";

/** Round trips of one round. */
const TRIPS = 100;
const LIMIT_MS = 20_000;

const rounds = Number(process.argv[2] ?? 8);
const { path } = await findRuntime(host());
await using scripted = await ScriptedModel.start();
const { cwd, env, codexHome } = scripted.options;

/** Starts a server that listens, and waits until it does. */
async function listen(
  url: string,
  isUp: (stderr: string) => boolean,
): Promise<Disposable & { stderr: string }> {
  const child = spawn(path, ["app-server", "--listen", url], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const server = { stderr: "", [Symbol.dispose]: (): void => void child.kill("SIGKILL") };
  child.stderr.on("data", (data: Uint8Array) => server.stderr += new TextDecoder().decode(data));
  const end = performance.now() + LIMIT_MS;
  while (!isUp(server.stderr)) {
    if (performance.now() > end) throw new Error(`No server at ${url}: ${server.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return server;
}

const ADDRESS = /listening on: (\S+)/;
const socket = join(codexHome, "bench");
using byPort = await listen("ws://127.0.0.1:0", (stderr) => ADDRESS.test(stderr));
const url = ADDRESS.exec(byPort.stderr)?.[1] ?? "";
using _byPath = await listen(`unix://${socket}`, () => existsSync(socket));
const connects: readonly (readonly [name: string, connect: Connect])[] = [
  ["stdio", stdio({ codexBin: path, codexHome, cwd, env })],
  ["websocket", websocket(url)],
  [
    "wss",
    websocket(
      `wss://127.0.0.1:${await serveTls(Number(new URL(url.replace("ws:", "http:")).port))}`,
      { tls: { ca: pem("cert") } },
    ),
  ],
  ["unix", unix(socket)],
  ["command", command([path, "app-server"], { cwd, env: { ...env, CODEX_HOME: codexHome } })],
  ["command, proxy", command([path, "app-server", "proxy", "--sock", socket], { mode: "socket" })],
  ...overSsh(),
];

function overSsh(): [name: string, connect: Connect][] {
  const [host, ...sshArgs] = process.argv.slice(3);
  if (host === undefined) return [];
  const options = { codexBin: path, sshArgs };
  return [
    ["ssh", ssh(host, { ...options, cwd, env: { ...env, CODEX_HOME: codexHome } })],
    ["ssh, socket", ssh(host, { ...options, mode: "socket", socket })],
  ];
}

/** Starts a proxy that ends TLS before a port; returns its own port. */
async function serveTls(port: number): Promise<number> {
  const server = createServer({ cert: pem("cert"), key: pem("key") }, (socket) => {
    const inner = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("error", () => inner.destroy()).pipe(inner);
    inner.on("error", () => socket.destroy()).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function pem(name: "cert" | "key"): string {
  return readFileSync(new URL(`../tests/_data/loopback_${name}.pem`, import.meta.url), "utf8");
}

function startOf([name, connect]: readonly [string, Connect]): Variant {
  return {
    name,
    async run(): Promise<Sample> {
      const stop = wallClock();
      const codex = await Codex.start({ connect });
      const took = stop();
      await codex.close();
      return took;
    },
  };
}

function tripOf(name: string, codex: Codex): Variant {
  return {
    name,
    async run(): Promise<Sample> {
      const stop = wallClock();
      for (let trip = 0; trip < TRIPS; trip++) await codex.request("thread/loaded/list", {});
      return { value: stop().value / TRIPS };
    },
  };
}

function print(task: string, all: readonly Series[]): void {
  report({ bench: "sockets", task, unit: "ms" }, all);
}

console.log(`${runtimeName()}: ${rounds} rounds`);
print("start", await alternate(connects.map(startOf), { rounds, warmup: 1 }));
const clients = await Promise.all(connects.map(([, connect]) => Codex.start({ connect })));
const trips = connects.flatMap(([name], index) => {
  const codex = clients[index];
  return codex === undefined ? [] : [tripOf(name, codex)];
});
print("round trip", await alternate(trips, { rounds, warmup: 1 }));
await Promise.all(clients.map((codex) => codex.close()));
