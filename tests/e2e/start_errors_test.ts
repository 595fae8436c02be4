import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  Codex,
  RuntimeNotFoundError,
  StartupTimeoutError,
  TransportClosedError,
} from "../../mod.ts";
import {
  CwdNotFoundError,
  InvalidParamsError,
  MethodNotFoundError,
  MethodNotSupportedError,
  SpawnError,
} from "../../errors.ts";
import { ScriptedModel } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { isAlive, withFolder } from "../process/_current.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** Writes a shell script that acts as a broken binary. */
async function brokenBinary(folder: string, script: string): Promise<string> {
  const file = join(folder, "codex");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

test("Codex.start names the places where it looked for the binary [R-43] [R-82]", async () => {
  const error = await assertRejects(
    () => Codex.start({ codexBin: "/nowhere/codex" }),
    RuntimeNotFoundError,
    "/nowhere/codex",
  );
  assertEquals(error.code, "runtime_not_found");
  assert(error.tried.length > 0);
});

test("Codex.start distinguishes a missing cwd from a missing binary [R-82]", async () => {
  const error = await assertRejects(
    () => Codex.start({ cwd: "/nowhere/at/all" }),
    CwdNotFoundError,
  );
  assertEquals(error.cwd, "/nowhere/at/all");
});

test("Codex.start shows code and stderr of a server that exits immediately [R-53] [R-06]", async () => {
  await withFolder(async (folder) => {
    const script = "echo 'bad config, key sk-abcdefghijklmnop1234' >&2; exit 3";
    const codexBin = await brokenBinary(folder, script);
    const begin = performance.now();
    const error = await assertRejects(() => startAny(codexBin), TransportClosedError);
    assertLess(performance.now() - begin, 10_000);
    assertEquals(error.exitCode, 3);
    assertStringIncludes(error.stderrTail, "bad config");
    assertStringIncludes(error.message, "bad config");
    assert(!error.message.includes("abcdefghijklmnop"), "the key is redacted");
    assert(!error.stderrTail.includes("abcdefghijklmnop"), "the key is redacted");
  });
});

test("Codex.start redacts what the real server quotes when it exits [R-06]", async () => {
  await using scripted = await ScriptedModel.start();
  const sandbox_mode = "sk-abcdefghijklmnop1234";
  const error = await assertRejects(
    () => Codex.start({ ...scripted.options, configOverrides: { sandbox_mode } }),
    TransportClosedError,
    "sk-[redacted]",
  );
  assert(!`${error.message} ${error.stderrTail}`.includes("abcdefghijklmnop"), error.stderrTail);
});

test("Codex.start times out after startupTimeoutMs and ends the process [R-54]", async () => {
  await withFolder(async (folder) => {
    const codexBin = await brokenBinary(folder, 'echo $$ > "$0.pid"; exec sleep 600');
    const error = await assertRejects(() => startAny(codexBin, 700), StartupTimeoutError);
    assertEquals(error.timeoutMs, 700);
    const pid = Number(await readFile(`${codexBin}.pid`, "utf8"));
    assertEquals(await isAlive(pid), false);
  });
});

test("Codex.start survives broken lines before the reply to initialize [R-04]", async () => {
  await withFolder(async (folder) => {
    const userAgent = `x/${PROTOCOL_VERSION} (T; x)`;
    const reply = JSON.stringify({ id: 1, result: { userAgent } });
    const codexBin = await brokenBinary(
      folder,
      `read line; echo 'not json'; echo; echo '[1]'; echo '${reply}'; cat > /dev/null`,
    );
    const kinds: string[] = [];
    const codex = await Codex.start({
      codexBin,
      env: { PATH: "/usr/bin:/bin" },
      onDiagnostic: ({ kind }) => void kinds.push(kind),
    });
    assertEquals(kinds, ["malformedMessage", "malformedMessage", "malformedMessage"]);
    assertEquals(codex.metadata.version, PROTOCOL_VERSION);
    await codex.close();
  });
});

test("Codex.start warns about an untested version and continues [R-72]", async () => {
  await withFolder(async (folder) => {
    const reply = '{"id":1,"result":{"userAgent":"x/9.1.0 (T; x)"}}';
    const codexBin = await brokenBinary(folder, `read line; echo '${reply}'; cat > /dev/null`);
    const seen: unknown[] = [];
    const codex = await Codex.start({
      codexBin,
      env: { PATH: "/usr/bin:/bin" },
      onDiagnostic: (diagnostic) => void seen.push(diagnostic),
    });
    await codex.close();
    assertEquals(seen, [{ kind: "untestedVersion", version: "9.1.0", tested: PROTOCOL_VERSION }]);
  });
});

test("Codex.start refuses a binary that cannot be executed", async () => {
  await withFolder(async (folder) => {
    const codexBin = join(folder, "codex");
    await writeFile(codexBin, "no program");
    await chmod(codexBin, 0o644);
    await assertRejects(() => Codex.start({ codexBin }), SpawnError);
    const directory = join(folder, "directory");
    await mkdir(directory);
    await assertRejects(() => Codex.start({ codexBin: directory }), RuntimeNotFoundError);
  });
});

test("refusals of the real binary become typed errors [R-72]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const unknown = await assertRejects(
    () => codex.request("nope/nope" as "model/list", {}),
    MethodNotSupportedError,
  );
  assert(unknown instanceof MethodNotFoundError);
  assertEquals([unknown.rpcCode, unknown.method], [-32600, "nope/nope"]);
  await assertRejects(
    () => codex.request("turn/start", {} as never),
    InvalidParamsError,
    "threadId",
  );
  await assertRejects(
    () => codex.request("thread/start", { model: 5 } as never),
    InvalidParamsError,
    "invalid type",
  );
});

test("a lone surrogate in an input is replaced, and the request is answered [R-07]", async () => {
  await using scripted = await ScriptedModel.start();
  await using codex = await Codex.start({ ...scripted.options, requestTimeoutMs: 10_000 });
  const thread = await codex.threadStart();
  await codex.request("thread/name/set", { threadId: thread.id, name: "half \ud800 pair" });
  const { thread: read } = await codex.request("thread/read", { threadId: thread.id });
  assertEquals(read.name, "half \ufffd pair");
});

test("configOverrides reach the server [R-56]", async () => {
  await using session = await ScriptedCodex.start({
    configOverrides: { model: 'quoted "model"', "features.plugins": false },
  });
  const { codex } = session;
  const { config } = await codex.request("config/read", {});
  assertEquals(config.model, 'quoted "model"');
});

async function startAny(codexBin: string, startupTimeoutMs = 20_000): Promise<void> {
  const codex = await Codex.start({ codexBin, startupTimeoutMs, env: { PATH: "/usr/bin:/bin" } });
  await codex.close();
}
