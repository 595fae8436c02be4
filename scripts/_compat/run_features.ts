import assert from "node:assert/strict";
import {
  Codex,
  CodexError,
  type Diagnostic,
  isCodexError,
  JsonRpcError,
  RequestTimeoutError,
} from "../../mod.ts";
import { abortable } from "../../src/util/abortable.ts";
import { ScriptedModel } from "../../testing.ts";
import { exceptionFor, type Feature, type Features, type Outcome } from "./feature.ts";

/** Milliseconds for one feature: a hang is never what is expected. */
const LIMIT_MS = 20_000;
/** Features that are tried at the same time, each with a server of its own. */
const AT_ONCE = 3;

/** What one feature came to on one version. */
export interface Cell {
  readonly feature: string;
  readonly version: string;
  readonly outcome: Outcome | `failed: ${string}`;
  /** Why it does not work, where that is known; what was expected instead, where it was not. */
  readonly reason?: string;
  readonly isExpected: boolean;
}

/** A runtime to try features on. */
export interface Runtime {
  readonly version: string;
  readonly executable: string;
}

/** Tries every feature on a runtime; the order of the cells is that of the features. */
export async function runFeatures(runtime: Runtime, features: Features): Promise<Cell[]> {
  const cells: Cell[] = [];
  const waiting = [...Object.entries(features).entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, [name, feature]] = next;
      cells[index] = await cellOf(name, feature, runtime);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return cells;
}

async function cellOf(name: string, feature: Feature, runtime: Runtime): Promise<Cell> {
  const { version } = runtime;
  const outcome = await outcomeOf(() => attempt(feature, runtime));
  const exception = exceptionFor(feature, version);
  const expected = exception?.outcome ?? "works";
  const isExpected = outcome === expected;
  const reason = isExpected ? exception?.reason : `expected: ${expected}`;
  const cell = { feature: name, version, outcome, isExpected };
  return reason === undefined ? cell : { ...cell, reason };
}

/** Runs something, and tells the outcomes of a feature from faults. */
export async function outcomeOf(run: () => Promise<string | void>): Promise<Cell["outcome"]> {
  try {
    const difference = await run();
    return typeof difference === "string" ? `differs: ${difference}` : "works";
  } catch (error) {
    return isTyped(error) ? `typed error: ${error.name}` : `failed: ${firstLines(error)}`;
  }
}

/** A base class says nothing, and a timeout is a hang. */
function isTyped(error: unknown): error is CodexError {
  if (!isCodexError(error) || error instanceof RequestTimeoutError) return false;
  return error.constructor !== CodexError && error.constructor !== JsonRpcError;
}

async function attempt(feature: Feature, runtime: Runtime): Promise<string | void> {
  await using scripted = await ScriptedModel.start(feature.model);
  const diagnostics: Diagnostic[] = [];
  await using codex = await Codex.start({
    ...scripted.options,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    codexBin: runtime.executable,
    ...feature.options,
  });
  assert.equal(codex.metadata.version, runtime.version);
  const signal = AbortSignal.timeout(LIMIT_MS);
  const thread = await codex.threadStart({ signal });
  const { model, home: { workspace } } = scripted;
  const place = { codex, thread, model, workspace, diagnostics };
  return await abortable(feature.run(place), signal); // whatever hangs ends with the client
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split("\n").slice(0, 12).join(" ").slice(0, 400);
}
