import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findNativeBinary } from "../../scripts/_generate/run_upstream.ts";
import { loopbackEnv } from "../../src/testing/loopback.ts";
import { denoPath } from "../../scripts/_lib/project.ts";
import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
import { assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/upstream.ts", import.meta.url));
const limits = { timeoutMs: 120_000 };
const posix = {
  ...limits,
  ...(process.platform === "win32" ? { skip: "the made-up binary is a shell script" } : {}),
};

test("deno task upstream finds no difference between the pinned binary and itself", async () => {
  const { code, stdout } = await run(["--check", `--binary=${findNativeBinary()}`]);
  assertEquals(
    stdout,
    `# Codex ${PROTOCOL_VERSION} -> ${PROTOCOL_VERSION}\n\nThe protocol is the same.\n`,
  );
  assertEquals(code, 0);
}, limits);

test(
  "deno task upstream exits with 1 for a difference with --check, and writes to a file",
  async () => {
    await withFolder(async (folder) => {
      const binary = join(folder, "codex");
      writeFileSync(binary, FAKE);
      chmodSync(binary, 0o755);
      const printed = await run([`--binary=${binary}`]);
      assertEquals(printed.code, 0, printed.stderr);
      assertStringIncludes(printed.stdout, `# Codex ${PROTOCOL_VERSION} -> 9.9.9\n`);
      assertStringIncludes(printed.stdout, '\n-  "turn/start": {\n');
      assertStringIncludes(printed.stdout, '\n+  "none": {\n');
      const out = join(folder, "drift.md");
      const checked = await run([`--binary=${binary}`, "--check", `--out=${out}`]);
      assertEquals([checked.code, checked.stdout], [1, ""]);
      assertEquals(readFileSync(out, "utf8"), printed.stdout);
    });
  },
  posix,
);

test(
  "deno task upstream --newer prints npm's newest version if it is newer than the pin",
  async () => {
    await withFolder(async (folder) => {
      for (
        const [version, expected] of [["999.0.0", "999.0.0\n"], [PROTOCOL_VERSION, ""], [
          "0.1.0",
          "",
        ]] as const
      ) {
        await withRegistry(version, async (registry) => {
          const cache = join(folder, version);
          const { code, stdout, stderr } = await run(["--newer"], {
            npm_config_registry: registry,
            ...loopbackEnv(), // npm would use a proxy to reach it
            npm_config_cache: cache,
          });
          assertEquals([code, stdout], [0, expected], stderr);
        });
      }
    });
  },
  limits,
);

/** Prints a different version, and writes a protocol with almost nothing in it. */
const FAKE = `#!/bin/sh
if [ "$1" = --version ]; then echo "codex-cli 9.9.9"; exit; fi
while [ "$1" != --out ]; do shift; done
mkdir "$2"
echo 'export type ClientRequest = { "method": "none", id: number, "params": undefined };' > "$2/A.ts"
echo 'export type NoneResponse = string;' > "$2/B.ts"
`;

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const options = { env: { ...process.env, ...env }, timeout: 110_000 };
  return new Promise((resolve) => {
    execFile(
      denoPath(),
      ["run", "-A", "--no-check", SCRIPT, ...args],
      options,
      (error, stdout, stderr) => {
        resolve({ code: error ? error.code ?? "killed" : 0, stdout, stderr });
      },
    );
  });
}

/** Serves what npm requests about `@openai/codex`. */
async function withRegistry(version: string, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((_request, response) => {
    const name = "@openai/codex";
    response.setHeader("content-type", "application/json").setHeader("connection", "close");
    response.end(JSON.stringify({
      name,
      "dist-tags": { latest: version },
      versions: { [version]: { name, version, dist: {} } },
    }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "codex-drift-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
