import { readFileSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { filesUnder } from "../../scripts/_lib/project.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { spawn as spawnOnNode } from "../../transports/node.ts";
import {
  current,
  environment,
  output,
  root,
  runtime,
  scriptCommand,
  shell,
  text,
  withFolder,
} from "../process/_current.ts";

test("spawn reports the exit code, or the signal with code null", async () => {
  assertEquals(await output(["/bin/sh", "-c", "exit 0"]), {
    stdout: "",
    stderr: "",
    code: 0,
    signal: null,
  });
  const cases = [["exit 143", 143, null], ["kill -TERM $$", null, "SIGTERM"]] as const;
  for (const [script, code, signal] of cases) {
    const exit = await output(["/bin/sh", "-c", script]);
    assertEquals([exit.code, exit.signal], [code, signal], script);
  }
});

test("spawn keeps stdin, stdout and stderr apart", async () => {
  const result = await output(["/bin/sh", "-c", "cat; echo err >&2"], { input: "in\n" });
  assertEquals([result.stdout, result.stderr], ["in\n", "err\n"]);
});

test("spawn passes on exactly the given environment", async () => {
  const { stdout } = await output(["/usr/bin/env"], { env: { A: "1", B: "x y" } });
  assertEquals(stdout.trim().split("\n").sort(), ["A=1", "B=x y"]);
});

test("spawn rejects if the program does not exist", async () => {
  const { spawn } = current.host();
  await assertRejects(() => spawn({ command: "/none/such", args: [], env: {} }), Error);
});

test(
  "spawn of Node rejects where a test environment has no Web Streams, instead of hanging",
  async () => {
    const { WritableStream } = globalThis;
    try {
      Reflect.deleteProperty(globalThis, "WritableStream");
      const command = { command: "/bin/sh", args: ["-c", "exit 0"], env: {} };
      await assertRejects(() => spawnOnNode(command), ReferenceError, "WritableStream");
    } finally {
      Object.assign(globalThis, { WritableStream });
    }
  },
  { timeoutMs: 10_000 },
);

test("spawn's kill sends SIGKILL after SIGTERM, and never throws", async () => {
  const child = await shell(`trap '' TERM; echo ready; while :; do sleep 0.05; done`);
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGTERM");
  child.kill("SIGKILL");
  assertEquals(await child.exited, { code: null, signal: "SIGKILL" });
  child.kill("SIGTERM");
  child.kill("SIGKILL");
  await Promise.all([child.stdin.abort(), reader.cancel(), child.stderr.cancel()]);
});

test("spawn rejects a write to a stdin that is closed on the other side [R-15]", async () => {
  const child = await shell(`exec 0<&-; echo ready; read never`);
  const reader = child.stdout.getReader();
  await reader.read();
  const writer = child.stdin.getWriter();
  writer.closed.catch(() => {});
  await assertRejects(async () => {
    for (let index = 0; index < 3; index++) await writer.write(new Uint8Array(100_000));
  }, Error);
  await child.exited;
  await Promise.allSettled([writer.abort(), reader.cancel(), child.stderr.cancel()]);
});

test("spawn's stdin can be closed after the process has exited", async () => {
  const child = await shell("exit 0");
  await child.exited;
  await text(child.stdout); // by now the runtime has seen the end of the pipes
  await new Promise((resolve) => setTimeout(resolve, 50));
  await child.stdin.close().catch(() => {});
  await child.stderr.cancel();
});

test("spawn holds a write back until the process reads", async () => {
  const child = await shell(`read go; exec cat`);
  const writer = child.stdin.getWriter();
  let done = false;
  const writing = writer.write(new Uint8Array(4 << 20)).then(() => done = true);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals(done, false);
  // The bytes so far contain no newline: sh reads them all as one line, and cat gets the rest.
  const end = writing.then(() => writer.write(new TextEncoder().encode("\nlast"))).then(() =>
    writer.close()
  );
  assertEquals(await text(child.stdout), "last");
  await end;
  await child.exited;
  await child.stderr.cancel();
});

test("spawn on this runtime hides the console window of Windows [R-44]", async () => {
  // Only the option is visible here; Deno has none.
  const { stdout } = await output(["/bin/cat", `${root}/transports/${runtime}.ts`]);
  assertEquals(stdout.includes("windowsHide: true"), runtime !== "deno");
});

test("stdio leaves nothing behind: the host exits by itself after close() [R-51] [R-50]", async () => {
  await withFolder(async (folder) => {
    const script = `${folder}/host.mts`;
    await writeFile(script, HOST_SCRIPT);
    const started = performance.now();
    const result = await output(scriptCommand(script, "-A"), {
      env: { ...environment(), CODEX_HOME: folder, AUTO: `${root}/transports/auto.ts` },
    });
    assertEquals([result.code, result.stderr.trim()], [0, ""], result.stdout);
    const report = JSON.parse(result.stdout) as Record<string, unknown>;
    assertEquals([report["code"], report["listeners"], report["children"]], [0, 0, ""]);
    const after = performance.now() - started - Number(report["elapsedMs"]);
    assert(after < 3_000, `${after} ms`);
  });
});

// Starts, talks to and closes the real binary; then prints what is left, and exits because there is nothing left to do.
const HOST_SCRIPT = `
import process from "node:process";
import { execFileSync } from "node:child_process";
const { stdio } = await import(process.env.AUTO);
const listeners = () => process.eventNames().filter((name) => String(name).startsWith("SIG")).length;
const before = listeners();
const transport = await stdio({ inheritEnv: true })();
const writer = transport.writable.getWriter();
const clientInfo = { name: "t", title: "T", version: "1" };
await writer.write(JSON.stringify({ id: 1, method: "initialize", params: { clientInfo } }));
const reader = transport.readable.getReader();
while (!(await reader.read()).value.some((frame) => frame.includes('"id":1'))) {}
const during = listeners() - before;
const close = await transport.close();
const list = execFileSync("/bin/sh", ["-c", "ps -o pid=,ppid=,stat=,comm= -e || true"]).toString();
const children = list.split("\\n").map((line) => line.trim().split(/\\s+/))
  .filter(([pid, ppid, , comm]) => (ppid === String(process.pid) || pid === String(transport.pid)) && !/^(sh|ps|esbuild)$/.test(comm))
  .join(";");
console.log(JSON.stringify({ code: close.code, listeners: during, children, elapsedMs: performance.now() }));
`;

test("stdio spawns nothing through the runtime's own executable [R-47]", () => {
  const files = [...filesUnder("src", ".ts"), ...filesUnder("transports", ".ts")];
  assert(files.includes(`transports/${runtime}.ts`), "the folders are where they are looked for");
  const other = /execPath|\bfork\(|shell: true/;
  assertEquals(files.filter((file) => other.test(readFileSync(join(root, file), "utf8"))), []);
});

test("host() searches the package where the SDK is, not in the working directory [R-43]", () => {
  const folders = current.host().searchFolders;
  assertEquals(folders.map((folder) => folder.replace(/\/$/, "")), [`${root}/transports`]);
});

test("host reads a link as it is stored, and takes everything else for none [R-112]", async () => {
  await withFolder(async (folder) => {
    const { readLink } = current.host();
    await writeFile(`${folder}/file`, "");
    await symlink("../elsewhere/./missing", `${folder}/link`);
    assertEquals(await readLink(`${folder}/link`), "../elsewhere/./missing");
    for (const path of [folder, `${folder}/file`, `${folder}/file/below`, `${folder}/none/below`]) {
      assertEquals(await readLink(path), undefined, path);
    }
    await assertRejects(() => readLink(`${folder}/${"x".repeat(300)}`), Error); // a name no disk has
  });
});
