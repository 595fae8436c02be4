/** The permissions that a start needs under Deno. */
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test, type TestOptions } from "../_support/test.ts";
import {
  codex,
  environment,
  output,
  platformPackage,
  root,
  runtime,
  scriptCommand,
  withFolder,
} from "../process/_current.ts";
import { writeFile } from "node:fs/promises";

const onDeno: TestOptions = runtime === "deno" ? {} : { skip: "permissions are Deno's" };

// Imports, connects, performs the handshake, closes; prints the error's name, flag and message, or the exit code.
const SCRIPT = `
import { stdio } from "AUTO";
const options = JSON.parse(Deno.args[0] ?? "{}");
for (const name in options.env) options.env[name] ??= undefined;
try {
  const transport = await stdio(options)();
  const writer = transport.writable.getWriter();
  const clientInfo = { name: "t", title: "T", version: "1" };
  await writer.write(JSON.stringify({ id: 1, method: "initialize", params: { clientInfo } }));
  let got = "";
  for await (const batch of transport.readable) {
    got += batch.join("\\n");
    if (got.includes('"id":1')) break;
  }
  const { code } = await transport.close();
  console.log(JSON.stringify({ code, answered: got.includes('"userAgent"') }));
} catch ({ name, flag, message }) {
  console.log(JSON.stringify({ name, flag, message }));
}
`;

interface Outcome {
  readonly code?: number;
  readonly answered?: boolean;
  readonly name?: string;
  readonly flag?: string;
  readonly message?: string;
}

function run(
  flags: readonly string[],
  options: object,
  env: Record<string, string> = {},
): Promise<Outcome> {
  return withFolder(async (folder) => {
    const script = `${folder}/script.ts`;
    await writeFile(script, SCRIPT.replace("AUTO", `${root}/transports/auto.ts`));
    const result = await output(
      [...scriptCommand(script, "--no-check", ...flags), JSON.stringify(options)],
      { env: { ...environment(), CODEX_HOME: folder, ...env } },
    );
    assert(result.stdout.startsWith("{"), result.stderr);
    return JSON.parse(result.stdout) as Outcome;
  });
}

const SUCCESS: Outcome = { code: 0, answered: true };
const pack = `${root}/node_modules`;

test(
  "stdio under Deno imports without a permission, and names the missing flag [R-86]",
  async () => {
    const denied = await run([], { codexBin: codex });
    assertEquals([denied.name, denied.flag], ["PermissionError", `--allow-run=${codex}`]);
    assertStringIncludes(denied.message ?? "", `run Deno with --allow-run=${codex}`);
  },
  onDeno,
);

test("stdio under Deno only needs --allow-run with codexBin [R-86]", async () => {
  assertEquals(await run([`--allow-run=${codex}`], { codexBin: codex }), SUCCESS);
}, onDeno);

test("stdio under Deno needs --allow-env=CODEX_BIN to use that variable [R-86]", async () => {
  const run_ = `--allow-run=${codex}`;
  assertEquals(await run([run_, "--allow-env=CODEX_BIN"], {}, { CODEX_BIN: codex }), SUCCESS);
}, onDeno);

test("stdio under Deno needs --allow-read of the package to find it [R-86]", async () => {
  const flags = [`--allow-run=${codex}`, `--allow-read=${pack}`];
  assertEquals(await run(flags, {}, { CODEX_BIN: "" }), SUCCESS);
  const blind = await run([`--allow-run=${codex}`], {});
  assertEquals(blind.name, "RuntimeNotFoundError");
  assertStringIncludes(blind.message ?? "", "not fetched");
  assertStringIncludes(blind.message ?? "", "--allow-env=CODEX_BIN");
  assertStringIncludes(blind.message ?? "", `--allow-read=${platformPackage}`);
}, onDeno);

test("stdio under Deno needs --allow-env to unset a variable [R-86]", async () => {
  const options = { codexBin: codex, env: { HOME: null, A: "1" } };
  const denied = await run([`--allow-run=${codex}`], options);
  assertEquals([denied.name, denied.flag], ["PermissionError", "--allow-env"]);
  assertEquals(await run([`--allow-run=${codex}`, "--allow-env"], options), SUCCESS);
}, onDeno);

test("stdio under Deno omits LD_* and DYLD_* with a limited --allow-run [R-86]", async () => {
  const env = { LD_LIBRARY_PATH: "/x", LD_PRELOAD_NOT: "1", DYLD_X: "y" };
  const allowRun = `--allow-run=${codex}`;
  assertEquals(await run([allowRun], { codexBin: codex }, env), SUCCESS, "handed down unread");
  assertEquals(await run([allowRun, "--allow-env"], { codexBin: codex }, env), SUCCESS, "read");
  const own = await run([allowRun], { codexBin: codex, env: { LD_LIBRARY_PATH: "/y" } });
  assertEquals([own.name, own.flag], ["PermissionError", "--allow-run"]);
}, onDeno);

test("stdio under Deno reports a missing cwd without read permission [R-86] [R-82]", async () => {
  const { name } = await run([`--allow-run=${codex}`], { codexBin: codex, cwd: "/none/such" });
  assertEquals(name, "CwdNotFoundError");
  const missing = "/none/such/codex";
  const { name: noProgram } = await run([`--allow-run=${missing}`], { codexBin: missing });
  assertEquals(noProgram, "RuntimeNotFoundError");
}, onDeno);

// Shows two files to a client, and prints the outcomes and the paths that Deno was asked for, which would prompt on a terminal.
const FILES_SCRIPT = `
import { stdio } from "AUTO";
const [codexBin, folder] = Deno.args;
const transport = await stdio({ codexBin })();
const asked = [];
for (const name of ["stat", "lstat", "readLink"]) {
  const real = Deno[name];
  Deno[name] = (path) => (asked.push(path), real(path));
}
const outcomes = [];
for (const path of [folder, "/etc"]) {
  const { look, readLink } = transport.files;
  for (const read of [look, readLink]) {
    outcomes.push(await read(path).then((kind) => kind ?? "no link", ({ name, flag }) => name + " " + flag));
  }
}
await transport.close();
console.log(JSON.stringify({ outcomes, asked: [...new Set(asked)] }));
`;

test("a transport under Deno reads only files that need no permission prompt [R-86]", async () => {
  await withFolder(async (folder) => {
    const script = `${folder}/script.ts`;
    await writeFile(script, FILES_SCRIPT.replace("AUTO", `${root}/transports/auto.ts`));
    const flags = ["--no-check", `--allow-run=${codex}`, `--allow-read=${folder}`];
    const { stdout, stderr } = await output(
      [...scriptCommand(script, ...flags), codex, folder],
      { env: { ...environment(), CODEX_HOME: folder } },
    );
    assert(stdout.startsWith("{"), stderr);
    const denied = "PermissionError --allow-read=/etc";
    assertEquals(JSON.parse(stdout), {
      outcomes: ["directory", "no link", denied, denied],
      asked: [folder],
    });
  });
}, onDeno);

test("the transports of every runtime load that of one by import() alone", async () => {
  const { stdout } = await output([
    "/bin/sh",
    "-c",
    `grep -nE '^import |from "' ${root}/transports/load_runtime.ts | grep -vE '^[0-9]+:(import|export) type' | grep -v '\\* import' || true`,
  ]);
  assertEquals(stdout, "");
});
