/**
 * A terminal chat: streamed text, commands and diffs in colour, approvals at the prompt. Ctrl-C interrupts the turn; a
 * second Ctrl-C, `/quit` or the end of the input quits.
 *
 *     deno run -A examples/11_cli_mini_app.ts [--live]
 *
 * Offline, try "make notes" (asks twice) and "count" (runs until Ctrl-C).
 */
import process from "node:process";
import {
  ApprovalMode,
  type ApprovalRequest,
  Codex,
  isApproval,
  type RequestStream,
  Sandbox,
  type Thread,
  TransportClosedError,
  TurnFailedError,
  type TurnHandle,
} from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";
import { Terminal } from "./_terminal.ts";
import { showApproval, TurnView } from "./_turn_view.ts";

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
  terminal.line("interrupting, Ctrl-C again to quit", "yellow");
  turn.interrupt().catch(() => {});
});

const thread = await codex.threadStart({
  approvalMode: ApprovalMode.ask,
  sandbox: Sandbox.readOnly,
});
const answering = answerApprovals(thread.requests()).catch((error) => {
  if (!(error instanceof TransportClosedError)) throw error; // the chat reports that
});
terminal.line(`codex ${codex.metadata.version}, ${thread.settings.model}. /quit quits.`, "dim");
while (!leaving) {
  const input = await terminal.message("› ");
  if (input === undefined || input.trim() === "/quit") break;
  if (input.trim() !== "") await chat(thread, input);
}
await codex.close();
await answering;

/** Runs one turn and shows its events; a failed turn does not end the chat. */
async function chat(thread: Thread, input: string): Promise<void> {
  try {
    running = await thread.turn(input);
    const turn = running;
    for await (const event of turn) view.show(event);
    const { status, durationMs, usage } = await turn.run();
    const tokens = `${usage?.turn.inputTokens ?? 0} in, ${usage?.turn.outputTokens ?? 0} out`;
    const seconds = ((durationMs ?? 0) / 1000).toFixed(1);
    terminal.line(`(${status}, ${seconds} s, ${tokens})`, "dim");
  } catch (error) {
    if (leaving) return;
    if (error instanceof TransportClosedError) leaving = true;
    else if (!(error instanceof TurnFailedError)) throw error;
    terminal.line(error.message, "red");
  } finally {
    running = undefined;
  }
}

/** Answers approval requests for what the sandbox does not allow, one after another. */
async function answerApprovals(requests: RequestStream): Promise<void> {
  for await (const request of requests) {
    if (isApproval(request)) await decide(request);
    else request.decline(); // example 17 asks about every kind
  }
}

/** Asks until there is an answer, which is a whole line; an empty line or the end of the input means no. */
async function decide(request: ApprovalRequest): Promise<void> {
  const offered: readonly unknown[] = request.availableDecisions;
  const always = offered.includes("acceptForSession") ? "[a]lways, " : "";
  const prompt = `Allow this? [y]es, ${always}[N]o, [c]ancel the turn: `;
  while (request.state === "open") {
    const typed = await terminal.ask(() => showApproval(terminal, request), prompt, request.signal);
    if (request.state !== "open") return; // the turn has ended, by Ctrl-C or otherwise
    const answer = typed?.trim().toLowerCase() ?? "";
    if (answer === "y" || answer === "yes") request.approve();
    else if ((answer === "a" || answer === "always") && always !== "") request.approveForSession();
    else if (answer === "" || answer === "n" || answer === "no") request.decline();
    else if (answer === "c" || answer === "cancel") request.cancel();
  }
}

/** Closes the prompt and the server, which ends any running turn. */
function leave(): void {
  leaving = true;
  process.exitCode = 130;
  terminal.close();
  codex.close().catch(() => {});
}
