import { PermissionError } from "../../src/errors/start_errors.ts";
import { childEnv, type ChildEnvOptions } from "../../src/process/child_env.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { type SimulatedHost, simulatedHost } from "./_simulated_host.ts";

async function envOf(
  made: SimulatedHost,
  options: ChildEnvOptions,
): Promise<Record<string, string>> {
  return { ...(await childEnv(simulatedHost(made), options)).env };
}

const environment = { HOME: "/home/u", PATH: "/bin", LD_PRELOAD: "x.so", DYLD_LIBRARY_PATH: "/l" };

test("childEnv merges over the inherited environment, and undefined unsets [R-55]", async () => {
  assertEquals(await envOf({ environment }, {}), environment);
  assertEquals(
    await envOf({ environment }, {
      env: { HOME: "/h", NEW: "", PATH: undefined, NONE: undefined },
    }),
    { HOME: "/h", NEW: "", LD_PRELOAD: "x.so", DYLD_LIBRARY_PATH: "/l" },
  );
});

test("childEnv isolates with inheritEnv: false, and injects nothing [R-55]", async () => {
  assertEquals(await envOf({ environment }, { inheritEnv: false }), {});
  assertEquals(await envOf({ environment }, { inheritEnv: false, env: { A: "1" } }), { A: "1" });
  assertEquals(await envOf({}, {}), {});
});

test("childEnv keeps what Windows needs, ignoring case there [R-55]", async () => {
  const platform = "win32";
  const environment = { SystemRoot: "C:\\Windows", Path: "C:\\bin", TEMP: "C:\\t", Home: "x" };
  assertEquals(await envOf({ platform, environment }, { inheritEnv: false }), {
    SystemRoot: "C:\\Windows",
    TEMP: "C:\\t",
  });
  assertEquals(
    await envOf({ platform, environment }, {
      env: { PATH: "D:\\bin", home: undefined },
      codexPathDir: "E:\\rg",
    }),
    { SystemRoot: "C:\\Windows", Path: "E:\\rg;D:\\bin", TEMP: "C:\\t" },
  );
});

test("childEnv sets CODEX_HOME from codexHome, over env and inherited variables", async () => {
  const made = { environment: { CODEX_HOME: "/inherited" }, cwd: "/work" };
  assertEquals(await envOf(made, { codexHome: "/a", env: { CODEX_HOME: "/b" } }), {
    CODEX_HOME: "/a",
  });
  assertEquals(await envOf(made, { codexHome: "sub/dir" }), { CODEX_HOME: "/work/sub/dir" });
  assertEquals(await envOf({ platform: "win32" }, { codexHome: "C:/x" }), { CODEX_HOME: "C:/x" });
  await assertRejects(() => envOf(made, { codexHome: "" }), TypeError, "codexHome");
});

test("childEnv puts the helper programs first on PATH, if there is a PATH", async () => {
  assertEquals(await envOf({ environment: { PATH: "/bin" } }, { codexPathDir: "/rg" }), {
    PATH: "/rg:/bin",
  });
  assertEquals(await envOf({}, { codexPathDir: "/rg" }), {});
});

test("childEnv omits inherited loader variables where only certain programs may start [R-86]", async () => {
  const made = { environment, limitsPrograms: true };
  assertEquals(await envOf(made, { env: { LD_MINE: "1" } }), {
    HOME: "/home/u",
    PATH: "/bin",
    LD_MINE: "1",
  });
});

test("childEnv passes on an environment that it may not read", async () => {
  const hidden = { environment, hidesEnvironment: true };
  assertEquals(await childEnv(simulatedHost(hidden), { env: { A: "1" }, codexPathDir: "/rg" }), {
    env: { A: "1", PATH: "/rg:/bin" },
    inheritEnv: true,
  });
  const noPath = { ...hidden, denied: ["PATH"] };
  assertEquals(await childEnv(simulatedHost(noPath), { codexPathDir: "/rg" }), {
    env: {},
    inheritEnv: true,
  });
  assertEquals(
    await childEnv(simulatedHost(hidden), { inheritEnv: false, env: { A: undefined } }),
    {
      env: {},
    },
  );
  const error = await assertRejects(
    () => childEnv(simulatedHost(hidden), { env: { HOME: undefined } }),
    PermissionError,
    "HOME",
  );
  assertEquals(error.flag, "--allow-env");
});

test("childEnv rejects invalid names and values", async () => {
  for (const env of [{ "": "x" }, { "A=B": "x" }, { "A\0": "x" }, { A: "\0" }, { A: 1 }]) {
    await assertRejects(() => envOf({}, { env: env as Record<string, string> }), TypeError);
  }
});
