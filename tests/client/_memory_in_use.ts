/** The memory in use in bytes, after collecting garbage. */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

interface BunLike {
  gc(force: boolean): void;
}

/** Collects garbage and returns what is left. */
export function memoryInUse(): number {
  const { Bun: bun } = globalThis as { readonly Bun?: BunLike };
  if (bun !== undefined) bun.gc(true);
  else {
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
  }
  return process.memoryUsage().heapUsed;
}
