/** Tests that break the process they run in. `tests/scripts/run_batch_test.ts` picks one with the filter. */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "../_support/test.ts";

test("before rejects, is killed, exits, hangs", () => {});

test("rejects after its end", () => {
  setTimeout(() => Promise.reject(new Error("nobody awaits this")), 0);
});

test("is killed", () => {
  process.kill(process.pid, "SIGKILL");
});

test("exits with code 0", () => {
  process.exit(0);
});

test("hangs", () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});

test("leaves a process", () => {
  const cwd = mkdtempSync(join(tmpdir(), "leaves-"));
  const options = { cwd, env: {}, stdio: "ignore", detached: true } as const;
  spawn("/bin/sleep", ["600"], options).unref();
});

test("after rejects, is killed, exits, hangs", async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
});
