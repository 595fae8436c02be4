/**
 * Registers a test with the runtime's own runner: `Deno.test` under Deno, so that its leak sanitizers apply, and Bun's.
 * Under Node tests run one after another without `node:test`, which tracks every promise: the units would take twice as
 * long.
 */
import { runInTurn } from "./run_in_turn.ts";

/** Options of a test. */
export interface TestOptions {
  /** Milliseconds after which the test fails instead of hanging; at least a minute, because machines may be loaded. */
  readonly timeoutMs?: number;
  /** Skips the test, with the reason in its name. */
  readonly skip?: string;
}

const MIN_TIMEOUT_MS = 60_000;

type TestBody = () => void | Promise<void>;

/** A test that was loaded but not yet passed to the runner. */
export interface CollectedTest {
  readonly name: string;
  readonly body: TestBody;
  readonly options: TestOptions;
}

interface DenoTest {
  test(options: {
    name: string;
    fn: TestBody;
    ignore: boolean;
    sanitizeOps: boolean;
    sanitizeResources: boolean;
    sanitizeExit: boolean;
  }): void;
}

const deno = (globalThis as { Deno?: DenoTest }).Deno;
const isBun = "Bun" in globalThis;
const bunTest = isBun ? (await import("node:test")).test : undefined;
/** Only tests with this text in their names run. */
export const filter: string = filterFromEnvironment();
let collected: CollectedTest[] | undefined;
// A fake clock replaces the globals; the deadline of a test is in real time.
const { setTimeout, clearTimeout } = globalThis;

/** The filter of `deno task test --filter=TEXT`: runners differ in how they filter and in how they count the rest. */
function filterFromEnvironment(): string {
  try {
    const host = globalThis as { process?: { env: Record<string, string | undefined> } };
    return host.process?.env["TEST_NAME_FILTER"] ?? "";
  } catch {
    return ""; // no permission to read the environment
  }
}

/** Registers one test, named after the symbol and its behaviour: `"LineSplitter keeps U+2028"`. */
export function test(name: string, body: TestBody, options: TestOptions = {}): void {
  if (!name.includes(filter)) return;
  if (collected === undefined) register(name, body, options);
  else collected.push({ name, body, options });
}

/** Loads a file of tests and returns them without passing them to the runner. */
export async function collectTests(load: () => Promise<unknown>): Promise<CollectedTest[]> {
  const tests: CollectedTest[] = [];
  collected = tests;
  try {
    await load();
  } finally {
    collected = undefined;
  }
  return tests;
}

/** Passes a test to the runtime's runner; `around` runs it, with its deadline. */
export function register(
  name: string,
  body: TestBody,
  options: TestOptions = {},
  around: (run: () => Promise<void>) => Promise<void> = (run) => run(),
): void {
  const timeoutMs = Math.max(options.timeoutMs ?? 0, MIN_TIMEOUT_MS);
  const title = options.skip === undefined ? name : `${name} (skipped: ${options.skip})`;
  const bounded = (): Promise<void> => around(() => withDeadline(body, timeoutMs, name));
  if (deno) {
    deno.test({
      name: title,
      fn: bounded,
      ignore: options.skip !== undefined,
      sanitizeOps: true,
      sanitizeResources: true,
      sanitizeExit: true,
    });
  } else if (bunTest !== undefined) {
    bunTest(title, { skip: options.skip !== undefined, timeout: timeoutMs + 5_000 }, bounded);
  } else {
    runInTurn(title, options.skip === undefined ? bounded : undefined);
  }
}

async function withDeadline(body: TestBody, timeoutMs: number, name: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      removeFakeClock();
      reject(new Error(`Test "${name}" did not finish within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    await Promise.race([body(), deadline]);
  } catch (error) {
    throw firstError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The error of the test itself, if disposing its resources failed afterwards. */
function firstError(error: unknown): unknown {
  const { name, suppressed } = (error ?? {}) as { name?: unknown; suppressed?: unknown };
  return name === "SuppressedError" ? firstError(suppressed) : error;
}

/** Restores the real clock for the tests after one that hangs. */
function removeFakeClock(): void {
  const global = globalThis.setTimeout as { readonly clock?: { uninstall(): void } };
  global.clock?.uninstall();
}
