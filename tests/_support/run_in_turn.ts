/** Runs tests one after another, with a line for each. An error that nobody handles fails the test that runs. */
import process from "node:process";

interface QueuedTest {
  readonly title: string;
  /** Not set if the test is skipped. */
  readonly body: (() => Promise<void>) | undefined;
}

const queue: QueuedTest[] = [];

/** Queues a test; the first one starts when the modules that register them are loaded. */
export function runInTurn(title: string, body: QueuedTest["body"]): void {
  if (queue.push({ title, body }) === 1) setImmediate(() => void runAll());
}

async function runAll(): Promise<void> {
  let failed = 0;
  let fail = (_error: unknown): void => {};
  const unhandled = (error: unknown): void => fail(error);
  process.on("unhandledRejection", unhandled).on("uncaughtException", unhandled);
  for (const { title, body } of queue) {
    const errors: unknown[] = [];
    fail = (error): void => void errors.push(error);
    const started = performance.now();
    await body?.().catch(fail);
    // Unhandled rejections are reported after the microtasks.
    await new Promise((resolve) => setImmediate(resolve));
    const ms = Math.round(performance.now() - started);
    console.log(
      `${
        errors.length > 0 ? "\u2716" : body === undefined ? "\ufe63" : "\u2714"
      } ${title} (${ms} ms)`,
    );
    for (const error of errors) console.log(error);
    if (errors.length > 0) failed++;
  }
  fail = (error): void => {
    console.log(error);
    process.exitCode = 1;
  };
  console.log(`${queue.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
