/**
 * A chat in the terminal: streamed text, commands and diffs in colour, approvals asked at the prompt. Ctrl-C interrupts
 * the turn, a second one leaves; so does `/quit` or the end of the input.
 *
 *     deno run -A examples/11_cli_mini_app.ts [--live]
 *
 * Offline, try "make notes" (asks twice) and "count" (goes on until Ctrl-C).
 */
import process from "node:process";
import {
  ApprovalMode,
  Codex,
  Sandbox,
  type Thread,
  TransportClosedError,
  TurnFailedError,
  type TurnHandle,
} from "@codex-app-server/sdk";
import type { ThreadItem } from "@codex-app-server/sdk/protocol";
import { scriptedModel } from "./_scripted.ts";
import { Terminal } from "./_terminal.ts";
import { shortCommand, TurnView } from "./_turn_view.ts";

type Decision = "accept" | "acceptForSession" | "decline" | "cancel";

await using scripted = await scriptedModel("11_cli_mini_app");
using terminal = new Terminal();
await using codex = new Codex(scripted?.options);
const view = new TurnView(terminal);
let running: TurnHandle | undefined;
let leaving = false;

terminal.onInterrupt(() => {
  if (running === undefined) return leave();
  const turn = running;
  running = undefined;
  terminal.line(terminal.yellow("interrupting, Ctrl-C again to leave"));
  turn.interrupt().catch(() => {});
});
answerApprovals();

const thread = await codex.threadStart({
  approvalMode: ApprovalMode.ask,
  sandbox: Sandbox.readOnly,
});
terminal.line(
  terminal.dim(`codex ${codex.metadata.version}, ${thread.settings.model}. /quit leaves.`),
);
while (!leaving) {
  const input = await terminal.ask(terminal.bold("\n› "));
  if (input === undefined || input.trim() === "/quit") break;
  if (input.trim() !== "") await chat(thread, input);
}

/** Runs one turn and shows what it does; a failed one does not end the chat. */
async function chat(thread: Thread, input: string): Promise<void> {
  try {
    running = await thread.turn(input);
    const turn = running;
    for await (const event of turn) view.show(event);
    const { status, durationMs, usage } = await turn.run();
    const tokens = `${usage?.last.inputTokens ?? 0} in, ${usage?.last.outputTokens ?? 0} out`;
    const seconds = ((durationMs ?? 0) / 1000).toFixed(1);
    terminal.line(terminal.dim(`(${status}, ${seconds} s, ${tokens})`));
  } catch (error) {
    if (leaving) return;
    if (error instanceof TransportClosedError) leaving = true;
    else if (!(error instanceof TurnFailedError)) throw error;
    terminal.line(terminal.red(error.message));
  } finally {
    running = undefined;
  }
}

/** The server asks before it does what the sandbox does not allow. */
function answerApprovals(): void {
  const items = new Map<string, ThreadItem>();
  codex.on("item/started", ({ item }) => void items.set(item.id, item));
  codex.on("item/completed", ({ item }) => void items.delete(item.id));
  const announce = (itemId: string): void => {
    const item = items.get(itemId);
    if (item !== undefined) view.announce(item);
  };
  codex.handle("item/commandExecution/requestApproval", async (params, { signal }) => {
    announce(params.itemId);
    const { reason, command } = params;
    if (reason) terminal.line(terminal.yellow(reason));
    return { decision: await decide(`Run ${shortCommand(command ?? "this command")}?`, signal) };
  });
  codex.handle("item/fileChange/requestApproval", async ({ itemId, reason }, { signal }) => {
    announce(itemId);
    if (reason) terminal.line(terminal.yellow(reason));
    return { decision: await decide("Write this?", signal) };
  });
}

/** Asks until there is an answer; nothing typed, or nobody there, is a no. */
async function decide(question: string, signal: AbortSignal): Promise<Decision> {
  const choices: Record<string, Decision> = {
    y: "accept",
    a: "acceptForSession",
    n: "decline",
    c: "cancel",
  };
  const prompt = `${terminal.bold(question)} [y]es, [a]lways, [N]o, [c]ancel the turn: `;
  for (;;) {
    const answer = await terminal.ask(prompt, signal);
    const decision = choices[answer?.trim().toLowerCase().at(0) ?? "n"];
    if (decision !== undefined) return decision;
  }
}

/** The prompt ends, and what still runs ends with the server. */
function leave(): void {
  leaving = true;
  process.exitCode = 130;
  terminal.close();
  codex.close().catch(() => {});
}
