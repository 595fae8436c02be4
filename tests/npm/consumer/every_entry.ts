/**
 * Uses every entry point, as a program that installed the package would. It is compiled against the built package, with
 * nothing of a JavaScript runtime in scope except what `lib` declares.
 */
import { memoryStore } from "@codex-app-server/sdk/fleet";
import { CodexFleet } from "@codex-app-server/sdk/fleet/bullmq";
import { Codex, type CodexOptions, isCodexError, Sandbox } from "@codex-app-server/sdk";
import type { TextStream, ThreadItem, TurnResult } from "@codex-app-server/sdk";
import { TurnIdleTimeoutError } from "@codex-app-server/sdk/errors";
import { PROTOCOL_VERSION } from "@codex-app-server/sdk/protocol";
import { type InferOutput, strictSchema } from "@codex-app-server/sdk/schema";
import { FakeAppServer, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import type { TraceHook } from "@codex-app-server/sdk/tracing";
import { memoryTransportPair } from "@codex-app-server/sdk/transport";
import { stdio } from "@codex-app-server/sdk/transports/auto";
import * as bun from "@codex-app-server/sdk/transports/bun";
import { command } from "@codex-app-server/sdk/transports/command";
import * as deno from "@codex-app-server/sdk/transports/deno";
import * as node from "@codex-app-server/sdk/transports/node";
import { ssh, type SshOptions } from "@codex-app-server/sdk/transports/ssh";
import { unix } from "@codex-app-server/sdk/transports/unix";
import { websocket } from "@codex-app-server/sdk/transports/websocket";
import type { CompactOptions } from "@codex-app-server/sdk/types";

/** An option may be passed even if it is undefined. */
export function optionsOf(codexBin: string | undefined, codexHome?: string): CodexOptions {
  return { codexBin, codexHome, connect: codexBin === "" ? stdio() : undefined };
}

/** A turn, its text and its items. */
export async function answer(options: CodexOptions, question: string): Promise<string[]> {
  await using codex = await Codex.start(options);
  const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });
  const turn = await thread.turn(question);
  const pieces = await collect(turn.textStream());
  const result: TurnResult = await turn.run();
  return [...pieces, ...result.items.map(describe), PROTOCOL_VERSION];
}

async function collect(stream: TextStream): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

function describe(item: ThreadItem): string {
  return item.type === "agentMessage" ? item.text : item.type;
}

/** The stable code of an error of the SDK. */
export function codeOf(error: unknown): string | undefined {
  return isCodexError(error) ? error.code : undefined;
}

/** The test kit. */
export async function scripted(): Promise<string[]> {
  await using fake = new FakeAppServer();
  await using model = await ScriptedModel.start();
  model.model.enqueue(message("hello"));
  await answer({ connect: fake.connect }, "Are you there?");
  return await answer(model.options, "Say hello");
}

/** A server elsewhere: in a container, or on another machine. */
export const elsewhere = (box: string, options: SshOptions): CodexOptions => ({
  connect: box === "" ? ssh("box", options) : command(["docker", "exec", "-i", box, "codex"]),
});

/** How each runtime describes itself. */
export const hosts: readonly (() => node.Host)[] = [bun.host, deno.host, node.host];

/** A server that runs elsewhere. */
export function remote(url: string | undefined, token: string): CodexOptions {
  return { connect: url === undefined ? unix() : websocket(url, { token }) };
}

/** One name from each entry point that only has helpers and types. */
export const strict: typeof strictSchema = strictSchema;
export const title = <S>(value: InferOutput<S>): InferOutput<S> => value;
export const pair: typeof memoryTransportPair = memoryTransportPair;
export const noTrace: TraceHook = () => undefined;
export const compact: CompactOptions = { timeoutMs: 60_000 };
export const isIdle = (error: unknown): boolean => error instanceof TurnIdleTimeoutError;

/** A fleet, whose packages need not be there until it is opened. */
export const inMemory: typeof memoryStore = memoryStore;
export const openFleet = (): Promise<CodexFleet> => CodexFleet.open({ redis: "redis://queue" });
