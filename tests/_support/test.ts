/**
 * Registers a test with the runtime's own runner: `Deno.test` under Deno, so that its leak sanitizers watch it, and
 * `node:test` under Bun and Node.
 */

/** What a test may ask for. */
export interface TestOptions {
  /** Milliseconds after which the test fails instead of hanging; 20,000 unless told. */
  readonly timeoutMs?: number;
  /** Skips the test, with the reason in its name. */
  readonly skip?: string;
}

type TestBody = () => void | Promise<void>;
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
const nodeTest = deno ? undefined : (await import("node:test")).test;

/** Registers one test, named by the symbol it is about and what that does: `"LineSplitter keeps U+2028"`. */
export function test(name: string, body: TestBody, options: TestOptions = {}): void {
  const timeoutMs = options.timeoutMs ?? 20_000;
  const title = options.skip === undefined ? name : `${name} (skipped: ${options.skip})`;
  const bounded = (): Promise<void> => withDeadline(body, timeoutMs, name);
  if (deno) {
    deno.test({
      name: title,
      fn: bounded,
      ignore: options.skip !== undefined,
      sanitizeOps: true,
      sanitizeResources: true,
      sanitizeExit: true,
    });
  } else {
    nodeTest?.(title, { skip: options.skip !== undefined, timeout: timeoutMs + 5_000 }, bounded);
  }
}

async function withDeadline(body: TestBody, timeoutMs: number, name: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Test "${name}" did not finish within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    await Promise.race([body(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
