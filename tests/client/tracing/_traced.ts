/** A client with tracing, over a fake server. */
import type { CodexOptions } from "../../../mod.ts";
import { type Fixture, open } from "../_fixture.ts";
import { Recorder } from "./_recorder.ts";

/** What a test needs of it. */
export interface Traced extends Fixture {
  readonly recorder: Recorder;
}

/** Creates a client with an open thread and keeps its spans from then on. */
export async function traced(options: CodexOptions = {}): Promise<Traced> {
  const recorder = new Recorder();
  const fixture = await open({ ...options, tracing: recorder });
  recorder.spans.length = 0;
  return { ...fixture, recorder, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}
