import { faultOfRun, type ProgramRun } from "./run_program.ts";

/** Counts what was run, and says so line by line. */
export class Tally {
  readonly #started = performance.now();
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  /** Whether nothing failed. */
  get good(): boolean {
    return this.#failed === 0;
  }

  /** Runs a program and counts it. */
  async run(run: ProgramRun): Promise<void> {
    await this.attempt(run.name, async () => {
      const fault = await faultOfRun(run);
      if (fault !== undefined) throw new Error(fault);
    });
  }

  /** Counts an action; gives what it gave, or `undefined` when it failed. */
  async attempt<T>(name: string, action: () => Promise<T>): Promise<T | undefined> {
    const started = performance.now();
    try {
      const value = await action();
      this.#passed += 1;
      console.log(`ok      ${name} (${seconds(started)})`);
      return value;
    } catch (error) {
      this.#failed += 1;
      console.log(`FAILED  ${name} (${seconds(started)})`);
      console.log(String(error instanceof Error ? error.message : error).replace(/^/gm, "  | "));
    }
  }

  /** Counts what could not be run here. */
  skip(name: string): void {
    this.#skipped += 1;
    console.log(`skipped ${name}`);
  }

  /** The last line. */
  toString(): string {
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : "";
    return `${this.#passed} passed, ${this.#failed} failed${skipped}`;
  }

  /** The time so far. */
  get time(): string {
    return seconds(this.#started);
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
