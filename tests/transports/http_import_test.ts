/** The package as JSR serves it: modules over http, without `node_modules`; only Deno can import it. */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test, type TestOptions } from "../_support/test.ts";
import { type Output, output, runtime, scriptCommand, withFolder } from "../process/_current.ts";
import { executableIn, HttpRegistries } from "./_http_registries.ts";

const onDeno: TestOptions = {
  timeoutMs: 240_000,
  ...(runtime === "deno" ? {} : { skip: "only Deno imports over http" }),
};

/** The maximum number of modules that Deno fetches for an import of the main entry point. */
const MAX_MODULES = 216;

const TURN = `
import { Codex } from "http://HOST/mod.ts";
import { deltas, ScriptedModel } from "http://HOST/testing.ts";
await using scripted = await ScriptedModel.start();
scripted.model.enqueue(deltas(["a ", "turn"]));
await using codex = await Codex.start({ ...scripted.options, startupTimeoutMs: 120_000 });
const thread = await codex.threadStart();
const { finalResponse } = await thread.run("Say hello");
console.log(JSON.stringify([finalResponse, codex.metadata.version]));
`;

const HANDSHAKE = `
import { stdio } from "http://HOST/transports/auto.ts";
try {
  const transport = await stdio()();
  const writer = transport.writable.getWriter();
  const clientInfo = { name: "t", title: "T", version: "1" };
  await writer.write(JSON.stringify({ id: 1, method: "initialize", params: { clientInfo } }));
  for await (const batch of transport.readable) {
    if (batch.join().includes('"id":1')) break;
  }
  console.log((await transport.close()).code);
} catch ({ name, message }) {
  console.log(name, message);
}
`;

test(
  "stdio under Deno imported over http starts the binary without node_modules [R-86]",
  () =>
    withFolder(async (folder) => {
      await using registries = await HttpRegistries.start(folder);
      const project = join(folder, "project");
      const cache = join(folder, "cache");
      const home = join(folder, "home");
      await mkdir(project);
      await mkdir(home);
      await writeFile(join(project, "turn.ts"), TURN.replaceAll("HOST", registries.host));
      await writeFile(join(project, "handshake.ts"), HANDSHAKE.replaceAll("HOST", registries.host));
      const run = (script: string, ...flags: string[]): Promise<Output> => {
        return output(scriptCommand(join(project, script), "--no-check", ...flags), {
          cwd: project,
          env: {
            PATH: "/usr/bin:/bin",
            HOME: home,
            CODEX_HOME: home,
            DENO_DIR: cache,
            NPM_CONFIG_REGISTRY: `http://${registries.host}/npm/`,
          },
        });
      };

      await writeFile(
        join(project, "import.ts"),
        `import "http://${registries.host}/mod.ts";\nconsole.log("imported");\n`,
      );
      const imported = await run("import.ts", "-A");
      assertEquals(imported.stdout, "imported\n", imported.stderr);
      const modules = registries.requests.length;
      assert(modules <= MAX_MODULES, `${modules} modules are too many`);
      const never = /^src\/(?:testing|websocket|resilient)\//;
      assertEquals(registries.requests.filter((path) => never.test(path)), []);
      await rm(join(project, "import.ts"));

      const turn = await run("turn.ts", "-A");
      assertEquals(turn.stdout, `["a turn","${RUNTIME_VERSION}"]\n`, turn.stderr);
      assertEquals((await readdir(project)).sort(), ["handshake.ts", "turn.ts"]);
      const kept = await readdir(join(cache, "npm"), { recursive: true });
      const found = kept.filter((path) => path.endsWith(executableIn("/")));
      assertEquals(found.length, 1);
      const codex = join(cache, "npm", found[0] ?? "");

      // Cached files need no network; the rest is what README.md lists.
      const least = ["--cached-only", `--allow-import=${registries.host}`, `--allow-run=${codex}`];
      const fetched = registries.requests.length;
      const handshake = await run("handshake.ts", ...least, `--allow-read=${join(cache, "npm")}`);
      assertEquals(handshake.stdout, "0\n", handshake.stderr);
      const blind = await run("handshake.ts", ...least);
      assertStringIncludes(blind.stdout, "RuntimeNotFoundError");
      assertStringIncludes(blind.stdout, `--allow-read=${codex}`);
      assertEquals(registries.requests.length, fetched);
    }),
  onDeno,
);
