import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "../../scripts/_lib/command.ts";
import { withScratch } from "../../scripts/_lib/interruption.ts";
import { denoPath, projectRoot } from "../../scripts/_lib/project.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const allowed = {
  "tsconfig.json": "{}",
  "package.json": `{ "type": "module" }`,
  "mod.ts": `import "./src/codex.ts";`,
  "testing.ts": `import "./src/testing/server.ts";`,
  "protocol.ts": "",
  "src/codex.ts": `import "../transports/auto.ts"; import "./client/client.ts";`,
  "src/testing/server.ts": `import "node:http"; import type {} from "../client/client.ts";`,
  "src/client/client.ts": "export {};",
  "src/util/timer.ts": "export {};",
  "src/transport/transport.ts": "export interface Transport {}",
  "src/transport/tap.ts": "export interface Tap {}",
  "src/rpc/connection.ts":
    `import type { Transport } from "../transport/transport.ts"; import "../util/timer.ts";`,
  "transports/auto.ts": `import "./load_runtime.ts";`,
  "transports/load_runtime.ts": `await import("./node.ts");`,
  "transports/node.ts": `import "node:child_process";`,
};

/** Checks the imports of the library in a folder against `.dependency-cruiser.mjs`. */
async function layerFaults(root: string): Promise<string[]> {
  const cruise = join(projectRoot, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const rules = `--config=${join(projectRoot, ".dependency-cruiser.mjs")}`;
  const entries = readdirSync(root).filter((name) => name.endsWith(".ts"));
  const args = [rules, "--output-type=err", ...entries, "transports", "src"];
  const run = await runCommand(denoPath(), ["run", "-A", cruise, ...args], { cwd: root });
  const faults = [...run.output.matchAll(/^\s*error (.*)$/gm)].map(([, fault = ""]) => fault);
  assert(run.code === 0 || faults.length > 0, run.output);
  return faults;
}

function faultsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  return withScratch("layers-", async (folder) => {
    for (const [path, text] of Object.entries({ ...allowed, ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await layerFaults(folder);
  });
}

const options = { timeoutMs: 120_000 };

test("the rules of layers find each import that the rules do not allow, and no other", async () => {
  assertEquals(await faultsOf({}), []);
  const faults = await faultsOf({
    "mod.ts": `import "./src/codex.ts"; import "./transports/node.ts";`,
    "src/rpc/connection.ts": `import "../transport/transport.ts"; import "../testing/server.ts";`,
    "src/rpc/pending.ts": `import type { Tap } from "../transport/tap.ts";`,
    "src/util/timer.ts": `import "node:timers";`,
    "src/client/a.ts": `import "./b.ts";`,
    "src/client/b.ts": `import "./a.ts"; import type {} from "./c.ts";`,
    "src/client/c.ts": `import type {} from "./b.ts"; import type {} from "no-such-package";`,
    "src/client/pages.ts": `import "./threads/thread.ts"; import type {} from "./turns/turn.ts";`,
    "src/client/threads/thread.ts": `import "../turns/turn.ts"; import "../presets.ts";`,
    "src/client/turns/turn.ts":
      `import type {} from "../threads/thread.ts"; import "../output/a.ts";`,
    "src/client/output/a.ts": "export {};",
    "src/client/presets.ts": "export {};",
    "src/client/misc/a.ts": `import "../presets.ts";`,
    "src/misc/a.ts": `import "../util/timer.ts";`,
    "transports/auto.ts": `import "./node.ts"; import "node:os";`,
  });
  assertEquals(faults.sort(), [
    "client: src/client/c.ts → no-such-package",
    "entry: mod.ts → transports/node.ts",
    "no cycle: src/client/a.ts → ",
    "no runtime in other transports: transports/auto.ts → os",
    "no such layer: src/client/misc/a.ts → src/client/presets.ts",
    "no such layer: src/misc/a.ts → src/util/timer.ts",
    "order of the client: src/client/pages.ts → src/client/threads/thread.ts",
    "order of the client: src/client/turns/turn.ts → src/client/output/a.ts",
    "rpc (types): src/rpc/connection.ts → src/transport/transport.ts",
    "rpc: src/rpc/connection.ts → src/testing/server.ts",
    "rpc: src/rpc/pending.ts → src/transport/tap.ts",
    "runtimes by import() alone: mod.ts → transports/node.ts",
    "runtimes by import() alone: transports/auto.ts → transports/node.ts",
    "util: src/util/timer.ts → timers",
  ]);
}, options);

test("the library respects the layers", async () => {
  assertEquals(await layerFaults(projectRoot), []);
}, options);
