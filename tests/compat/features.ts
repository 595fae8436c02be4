/** Something that an application does with the SDK, tried on one runtime. `deno task compat` runs all of them. */
import assert from "node:assert/strict";
import {
  Codex,
  CodexError,
  type CodexOptions,
  type Diagnostic,
  isCodexError,
  JsonRpcError,
  RequestTimeoutError,
  type Thread,
} from "../../mod.ts";
import { abortable } from "../../src/util/abortable.ts";
import { isOlder } from "../../src/protocol/metadata.ts";
import { type ModelServer, ScriptedModel, type ScriptedModelOptions } from "../../testing.ts";

/** The setup for trying a feature: a client with an open thread, and the scripted model that answers it. */
export interface Setup {
  readonly codex: Codex;
  readonly thread: Thread;
  readonly model: ModelServer;
  /** The diagnostics so far. */
  readonly diagnostics: readonly Diagnostic[];
  /** The folder in which the agent works. */
  readonly workspace: string;
}

/** The outcome on a runtime: it works, the SDK rejects with an error class, or the runtime behaves differently. */
export type Outcome = "works" | `typed error: ${string}` | `differs: ${string}`;

/** What older runtimes do differently. */
export interface Exception {
  /** The first version in which the feature works. */
  readonly before: string;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** A feature and where it does not work. */
export interface Feature {
  /** Resolves if it works, with a text if the runtime behaves differently, and rejects otherwise. */
  readonly run: (setup: Setup) => Promise<string | void>;
  readonly options?: CodexOptions;
  readonly model?: ScriptedModelOptions;
  readonly except?: Exception;
}

/** Features by name, in the order of the table. */
export type Features = Readonly<Record<string, Feature>>;

/** Returns the exception that applies to a feature on a version; `undefined` if the feature must work. */
export function exceptionFor({ except }: Feature, version: string): Exception | undefined {
  return except !== undefined && isOlder(version, except.before) ? except : undefined;
}

/** The time limit of one feature, in milliseconds. */
const LIMIT_MS = 20_000;
/** How many features run concurrently, each with its own server. */
const CONCURRENCY = 3;

/** The outcome of one feature on one version. */
export interface Cell {
  readonly feature: string;
  readonly version: string;
  readonly outcome: Outcome | `failed: ${string}`;
  /** Why it does not work, or what was expected instead. */
  readonly reason?: string;
  readonly isExpected: boolean;
}

/** A runtime and its binary. */
export interface Runtime {
  readonly version: string;
  readonly executable: string;
}

/** Runs every feature on a runtime and returns the cells in the order of the features. */
export async function runFeatures(runtime: Runtime, features: Features): Promise<Cell[]> {
  const cells: Cell[] = [];
  const waiting = [...Object.entries(features).entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, [name, feature]] = next;
      cells[index] = await cellOf(name, feature, runtime);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
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

/** Runs something and distinguishes the outcomes of a feature from failures. */
export async function outcomeOf(run: () => Promise<string | void>): Promise<Cell["outcome"]> {
  try {
    const difference = await run();
    return typeof difference === "string" ? `differs: ${difference}` : "works";
  } catch (error) {
    return isTyped(error) ? `typed error: ${error.name}` : `failed: ${firstLines(error)}`;
  }
}

/** A base class is not specific, and a timeout means a hang. */
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
  const setup = { codex, thread, model, workspace, diagnostics };
  return await abortable(feature.run(setup), signal); // anything that hangs ends with the client
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split("\n").slice(0, 12).join(" ").slice(0, 400);
}
