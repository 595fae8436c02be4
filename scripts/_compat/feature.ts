import type { Codex, CodexOptions, Diagnostic, Thread } from "../../mod.ts";
import { isOlder } from "../../src/protocol/metadata.ts";
import type { ModelServer, ScriptedModelOptions } from "../../testing.ts";

/** Where a feature is tried: a client on the runtime with an open thread, and the scripted model that answers it. */
export interface Place {
  readonly codex: Codex;
  readonly thread: Thread;
  readonly model: ModelServer;
  /** What the client has noticed so far. */
  readonly diagnostics: readonly Diagnostic[];
  /** The folder in which the agent works. */
  readonly workspace: string;
}

/** What a feature comes to on a runtime: it works, the SDK rejects with an error class, or the runtime does otherwise. */
export type Outcome = "works" | `typed error: ${string}` | `differs: ${string}`;

/** What older runtimes do otherwise, as data. */
export interface Exception {
  /** The first version in which the feature works. */
  readonly before: string;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Something that an application does with the SDK. */
export interface Feature {
  /** Fulfils when it works, with a text when the runtime does otherwise; anything else is thrown. */
  readonly run: (place: Place) => Promise<string | void>;
  readonly options?: CodexOptions;
  readonly model?: ScriptedModelOptions;
  readonly except?: Exception;
}

/** Features by name, in the order of the table. */
export type Features = Readonly<Record<string, Feature>>;

/** The exception that holds for a feature on a version; `undefined` where it has to work. */
export function exceptionFor({ except }: Feature, version: string): Exception | undefined {
  return except !== undefined && isOlder(version, except.before) ? except : undefined;
}
