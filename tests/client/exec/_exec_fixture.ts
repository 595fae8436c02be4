/** A client over a fake server that runs commands, which do nothing by themselves. */
import type { CodexOptions } from "../../../mod.ts";
import {
  FakeAppServer,
  type FakeMessage,
  type FakeRequest,
  notification,
} from "../../../testing.ts";
import { clientOf, type Connected } from "../_fixture.ts";

export interface ExecFixture extends Connected {
  /** Waits for the next command. */
  started(): Promise<StartedExec>;
}

/** A command as the fake server sees it. */
export interface StartedExec {
  readonly request: FakeRequest;
  readonly params: FakeMessage;
  readonly processId: string;
  /** The notification of a chunk of output. */
  output(text: string | Uint8Array, stream?: string, capReached?: boolean): FakeMessage;
  /** The reply with an exit code as a message, for a batch. */
  reply(exitCode?: number): FakeMessage;
  /** Sends the reply with an exit code. */
  exit(exitCode?: number): void;
}

/** The end of a command that was killed. */
export const KILLED = { exitCode: 137, stdout: "", stderr: "" };

/** A fake server that holds each command until the test ends it; a kill ends it with 137. */
export function openExec(options: CodexOptions = {}): ExecFixture {
  const server = new FakeAppServer();
  const running = new Map<string, FakeRequest>();
  server.on("command/exec", ({ processId }, request) => {
    running.set(String(processId), request);
    return new Promise(() => {}); // answered by the test
  });
  server.on("command/exec/terminate", ({ processId }, request) => {
    const run = running.get(String(processId));
    running.delete(String(processId));
    if (run === undefined) throw gone(processId);
    request.reply({});
    run.reply(KILLED);
    return new Promise(() => {});
  });
  server.on("command/exec/write", () => ({}));
  server.on("command/exec/resize", () => ({}));
  return {
    ...clientOf(server, options),
    async started(): Promise<StartedExec> {
      const request = await server.nextRequest("command/exec");
      const { params } = request;
      const processId = String(params.processId);
      const reply = (exitCode = 0): FakeMessage => ({
        id: request.id,
        result: { exitCode, stdout: "", stderr: "" },
      });
      return {
        request,
        params,
        processId,
        output: (text, stream = "stdout", capReached = false) =>
          notification("command/exec/outputDelta", {
            processId,
            stream,
            capReached,
            deltaBase64: base64(text),
          }),
        reply,
        exit(exitCode): void {
          running.delete(processId);
          server.sendBatch([reply(exitCode)]);
        },
      };
    },
  };
}

/** The server's message about a command that cannot be started. */
export function gone(processId: unknown): { readonly code: number; readonly message: string } {
  return { code: -32600, message: `no active command/exec for process id "${processId}"` };
}

/** Text or bytes as base64. */
export function base64(text: string | Uint8Array): string {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return btoa(String.fromCharCode(...bytes));
}

/** The text that the stdin messages carried, in order. */
export function written(server: FakeAppServer): string {
  return server.received.flatMap(({ method, params }) => {
    const { deltaBase64 } = (params ?? {}) as { readonly deltaBase64?: string };
    return method === "command/exec/write" && deltaBase64 !== undefined ? [atob(deltaBase64)] : [];
  }).join("");
}

/** The methods of the command requests in order, without their common prefix. */
export function asked(server: FakeAppServer): string[] {
  return server.received.flatMap(({ method }) =>
    typeof method === "string" && method.startsWith("command/exec")
      ? [method.slice("command/".length)]
      : []
  );
}
