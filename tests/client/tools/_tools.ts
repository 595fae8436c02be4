/** A fake server whose thread has tools, and the calls of its model. */
import type { Codex, CodexOptions, Diagnostic, Thread, ThreadTool } from "../../../mod.ts";
import type { FakeAppServer } from "../../../testing.ts";
import { clientOf, fakeServer, THREAD, TURN } from "../_fixture.ts";

/** The answer to a call, in short. */
export interface Answered {
  readonly success: boolean;
  readonly content: readonly unknown[];
  /** The text of the content if it is a single text. */
  readonly text: string | undefined;
}

/** A fake server, its client, and a thread with tools. */
export interface ToolFixture extends AsyncDisposable {
  readonly server: FakeAppServer;
  readonly codex: Codex;
  readonly thread: Thread;
  readonly diagnostics: Diagnostic[];
  /** Makes the model call a tool and returns the client's answer. */
  call(tool: string, args?: unknown, more?: CallParams): Promise<Answered>;
}

/** The fields of a call that a test can override. */
export interface CallParams {
  readonly callId?: string;
  readonly turnId?: string;
  readonly threadId?: string;
  readonly namespace?: string | null;
  readonly id?: number | string;
}

export async function withTools(
  tools: readonly ThreadTool[],
  options: CodexOptions = {},
): Promise<ToolFixture> {
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (event: Diagnostic): void => void diagnostics.push(event);
  const client = clientOf(fakeServer(), { onDiagnostic, ...options });
  const thread = await client.codex.threadStart({ tools });
  return {
    ...client,
    thread,
    diagnostics,
    call: (tool, args = {}, more = {}) => call(client.server, tool, args, more),
  };
}

/** Makes the model of a thread call a tool. */
export async function call(
  server: FakeAppServer,
  tool: string,
  args: unknown = {},
  { id, ...more }: CallParams = {},
): Promise<Answered> {
  // A call with the id of an earlier one is that one, delivered again.
  const callId = crypto.randomUUID();
  const params = { threadId: THREAD, turnId: TURN, callId, namespace: null, ...more };
  const reply = await server.request(
    "item/tool/call",
    { ...params, tool, arguments: args },
    id === undefined ? {} : { id },
  );
  const { success, contentItems } = reply.result as {
    readonly success: boolean;
    readonly contentItems: readonly { readonly text?: string }[];
  };
  const text = contentItems.length === 1 ? contentItems[0]?.text : undefined;
  return { success, content: contentItems, text };
}
