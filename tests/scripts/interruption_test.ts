import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { isEnding, withScratch } from "../../scripts/_lib/interruption.ts";
import { denoPath } from "../../scripts/_lib/project.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

type Script = ChildProcessByStdio<null, Readable, null>;

const limits = {
  timeoutMs: 60_000,
  ...(process.platform === "win32" ? { skip: "Windows has no signals" } : {}),
};

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`withScratch leaves no folder, and runCommand no process, after ${signal}`, async () => {
    const script = fileURLToPath(new URL("_interrupted.ts", import.meta.url));
    const child: Script = spawn(denoPath(), ["run", "-A", "--no-check", script], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => said += text);
    const folder = await eventually(() => /^(.+)\n/.exec(said)?.[1]);
    const pid = Number(await eventually(() => textOf(join(folder, "pid"))));
    assert(isRunning(pid));
    // Under Deno `child.kill()` makes the code null, whatever it is.
    process.kill(child.pid ?? 0, signal);
    assertEquals(await ended, 128 + constants.signals[signal]);
    assert(!existsSync(folder));
    assert(!isRunning(pid));
    assertEquals(said, `${folder}\n`);
  }, limits);
}

test("withScratch removes its folder after the action, even if it fails", async () => {
  let folder = "";
  const before = process.listenerCount("SIGINT");
  const result = await withScratch("scratch-test-", (made) => {
    folder = made;
    assert(existsSync(made));
    assertEquals(process.listenerCount("SIGINT"), before + 1);
    return 1;
  });
  assertEquals([result, existsSync(folder)], [1, false]);
  const failing = withScratch(`${folder}-`, (made) => {
    folder = made;
    throw new Error("no");
  });
  await assertRejects(() => failing, Error, "no");
  assertMatch(folder, /scratch-test-\w+-\w+$/);
  assertEquals([existsSync(folder), isEnding()], [false, false]);
  assertEquals(process.listenerCount("SIGINT"), before);
});

test(
  "withScratch removes its folder though a process still writes to it for a moment",
  async () => {
    const write = `const end = Date.now() + 500;
    for (let i = 0; Date.now() < end; i++) {
      try { Deno.writeTextFileSync(String(i), ""); } catch { break; }
      if (i === 0) console.log("writes");
    }`;
    let child: Script | undefined;
    const folder = await withScratch("scratch-test-", async (cwd) => {
      // What is written during the removal of many files is not seen by it.
      for (let i = 0; i < 3_000; i++) writeFileSync(join(cwd, `file-${i}`), "");
      child = spawn(denoPath(), ["eval", write], { cwd, stdio: ["ignore", "pipe", "ignore"] });
      await new Promise((resolve) => child?.stdout.once("data", resolve));
      return cwd;
    });
    assertEquals(existsSync(folder), false);
    if (child?.exitCode === null) await new Promise((resolve) => child?.once("close", resolve));
  },
  { timeoutMs: 60_000 },
);

/** Waits for a path to exist; the test's own time limit ends the wait. */
async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function textOf(file: string): string | undefined {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text === "" ? undefined : text;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
