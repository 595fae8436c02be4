import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
import {
  CwdNotFoundError,
  RuntimeNotFoundError,
  SpawnError,
} from "../../src/errors/start_errors.ts";
import type { ChildProcess, Host, SpawnCommand } from "../../src/process/host.ts";
import { connectStdio } from "../../src/process/stdio.ts";
import type { StdioOptions } from "../../src/process/stdio_options.ts";
import { writeFile } from "node:fs/promises";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { initialize } from "./_dialogue.ts";
import { codex, current, isAlive, shell, withFolder } from "./_current.ts";
import { simulatedHost } from "./_simulated_host.ts";

/** Returns the command that the options produce on a simulated host. */
async function commandOf(options: StdioOptions): Promise<SpawnCommand> {
  let seen: SpawnCommand | undefined;
  const host: Host = {
    ...simulatedHost({
      files: ["/opt/codex", "/bin/env", "/usr/bin/codex"],
      environment: { PATH: "/usr/bin:/bin" },
    }),
    spawn: (command) => {
      seen = command;
      return Promise.reject(new Error("not started"));
    },
  };
  await assertRejects(() => connectStdio(() => host, options)(), Error);
  assert(seen !== undefined);
  return seen;
}

test("connectStdio starts `codex --config ... app-server --listen stdio://`", async () => {
  assertEquals(await commandOf({}), {
    command: "/usr/bin/codex",
    args: ["app-server", "--listen", "stdio://"],
    env: { PATH: "/usr/bin:/bin" },
  });
  assertEquals(
    await commandOf({
      codexBin: "/opt/codex",
      configOverrides: { model: "m" },
      cwd: "/work",
      env: { A: "1" },
      codexHome: "/h",
      inheritEnv: false,
    }),
    {
      command: "/opt/codex",
      args: ["--config", 'model="m"', "app-server", "--listen", "stdio://"],
      cwd: "/work",
      env: { A: "1", CODEX_HOME: "/h" },
    },
  );
});

test("connectStdio uses launchArgsOverride as the complete command line", async () => {
  const options = { codexBin: "/opt/codex", configOverrides: { model: "m" } };
  const byPath = await commandOf({ ...options, launchArgsOverride: ["/opt/codex", "x y", ""] });
  assertEquals([byPath.command, byPath.args], ["/opt/codex", ["x y", ""]]);
  const byName = await commandOf({ ...options, launchArgsOverride: ["env"] });
  assertEquals([byName.command, byName.args], ["/bin/env", []]);
});

test("connectStdio checks its options before anything is started", () => {
  const bad: readonly unknown[] = [
    { launchArgsOverride: [] },
    { launchArgsOverride: "codex" },
    { launchArgsOverride: ["codex", 1] },
    { configOverrides: { a: null } },
  ];
  const host = (): Host => {
    throw new Error("asked for the host");
  };
  for (const options of bad) {
    assertThrows(() => connectStdio(host, options as StdioOptions), TypeError);
  }
  for (const options of [{ maxMessageBytes: 0 }, { maxMessageBytes: NaN }, { closeGraceMs: -1 }]) {
    assertThrows(() => connectStdio(host, options), RangeError);
  }
});

test("stdio resolves nothing before it connects [R-43]", async () => {
  const connect = connectStdio(() => {
    throw new Error("looked for the host");
  });
  await assertRejects(() => connect(), Error, "looked for the host");
});

test("stdio distinguishes a missing cwd from a missing executable [R-82]", async () => {
  await withFolder(async (folder) => {
    const { stdio } = current;
    const cwd = `${folder}/none`;
    const error = await assertRejects(
      () => stdio({ codexBin: codex, cwd })(),
      CwdNotFoundError,
      cwd,
    );
    assertEquals(error.cwd, cwd);
    await writeFile(`${folder}/file`, "plain text");
    await assertRejects(
      () => stdio({ codexBin: codex, cwd: `${folder}/file` })(),
      CwdNotFoundError,
    );
    await assertRejects(
      () => stdio({ codexBin: `${folder}/none`, cwd: folder })(),
      RuntimeNotFoundError,
      `${folder}/none`,
    );
    // No permission to execute it: neither of the two.
    const refused = await assertRejects(
      () => stdio({ codexBin: `${folder}/file`, cwd: folder })(),
      SpawnError,
    );
    assertEquals(refused.command, `${folder}/file`);
  });
});

test("stdio starts in cwd, with env over the inherited environment, and without a shell [R-55]", async () => {
  await withFolder(async (folder) => {
    const script = `pwd; echo "$0 $1 $A $HOME"; read end`;
    const transport = await current.stdio({
      launchArgsOverride: ["/bin/sh", "-c", script, "zero", "*$HOME;`id`"],
      cwd: folder,
      env: { A: "1", HOME: undefined },
    })();
    const lines: string[] = [];
    const reading = (async () => {
      for await (const batch of transport.readable) lines.push(...batch);
    })();
    const writer = transport.writable.getWriter();
    await writer.write("");
    await reading;
    await transport.closed;
    assertEquals(lines, [folder, "zero *$HOME;`id` 1 "]);
  });
});

test("stdio starts the real binary with an isolated environment and codexHome [R-55] [R-56]", async () => {
  await withFolder(async (codexHome) => {
    await using transport = await current.stdio({
      codexBin: codex,
      codexHome,
      inheritEnv: false,
    })();
    const { codexHome: reported } = await initialize(transport);
    assertEquals(reported, codexHome);
  });
});

test("stdio starts nothing if its signal has already been aborted", async () => {
  let started = false;
  const host: Host = {
    ...current.host(),
    spawn: (command) => {
      started = true;
      return current.host().spawn(command);
    },
  };
  const reason = new Error("enough");
  const rejected = connectStdio(() => host)({ signal: AbortSignal.abort(reason) });
  assertStrictEquals(await rejected.catch((error: unknown) => error), reason);
  assertEquals(started, false);
});

test("stdio ends a child that started while its signal was aborted", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  let child: ChildProcess | undefined;
  const host: Host = {
    ...current.host(),
    spawn: async () => {
      child = await shell("exec sleep 20");
      abort.abort(reason);
      return child;
    },
  };
  const rejected = connectStdio(() => host, { codexBin: codex })({ signal: abort.signal });
  assertStrictEquals(await rejected.catch((error: unknown) => error), reason);
  assertEquals((await child?.exited)?.signal, "SIGTERM");
  assertEquals(await isAlive(child?.pid ?? 0), false);
});

test("stdio keeps its transport when the signal is aborted after the opening", async () => {
  await withFolder(async (codexHome) => {
    const abort = new AbortController();
    const connect = current.stdio({ codexBin: codex, codexHome });
    await using transport = await connect({ signal: abort.signal });
    abort.abort();
    assertStringIncludes(String((await initialize(transport)).userAgent), PROTOCOL_VERSION);
  });
});
