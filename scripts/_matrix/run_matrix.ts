import { join } from "node:path";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { withScratch } from "../_lib/interruption.ts";
import type { Row } from "./cells.ts";
import { install, installedEnvironment, type Installer } from "./installers.ts";
import type { Runtime } from "./runtimes.ts";
import type { Tools } from "./tools.ts";
import { runTurn, type TurnReport } from "./turn.ts";

/** A cell of the table. */
export interface Cell {
  readonly installer: Installer;
  readonly runtime: Runtime;
  /** What the turn came to, or why there was none. */
  readonly result: TurnReport | Error;
}

/** What the matrix is run with. */
export interface MatrixOptions {
  readonly rows: readonly Row[];
  readonly tools: Tools;
  readonly registry: string;
  /** The name and the version of the SDK that was published. */
  readonly sdk: { readonly name: string; readonly version: string };
  /** Part of the path of the executable that has to run. */
  readonly executable: string;
  readonly log: (line: string) => void;
}

/** Installs the package once for each installer, in a project and a home of its own, and runs a turn in each cell. */
export async function runMatrix(options: MatrixOptions): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const { installer, runtimes } of options.rows) {
    const row = await withScratch("codex-consumer-", (folder) => {
      return runRow(installer, runtimes, folder, options);
    });
    cells.push(...row);
  }
  return cells;
}

async function runRow(
  installer: Installer,
  runtimes: readonly Runtime[],
  folder: string,
  { tools, registry, sdk, executable, log }: MatrixOptions,
): Promise<Cell[]> {
  const project = join(folder, "project");
  const home = join(folder, "home");
  const dependencies = { [sdk.name]: sdk.version };
  const started = performance.now();
  const failure = await caught(
    install(installer, { tools, registry, project, home, dependencies }),
  );
  log(`${installer}: installed in ${seconds(performance.now() - started)}`);
  const cells: Cell[] = [];
  for (const runtime of runtimes) {
    const result = failure ?? await caughtOr(
      runTurn({
        ...{ runtime, tools, project, home, version: RUNTIME_VERSION, executable },
        env: installedEnvironment(installer, project),
      }),
    );
    const outcome = result instanceof Error ? `FAILED ${result.message}` : "a turn";
    log(`${installer}, ${runtime}: ${outcome}`);
    cells.push({ installer, runtime, result });
  }
  return cells;
}

async function caught(promise: Promise<void>): Promise<Error | undefined> {
  const result = await caughtOr(promise);
  return result instanceof Error ? result : undefined;
}

async function caughtOr<T>(promise: Promise<T>): Promise<T | Error> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
