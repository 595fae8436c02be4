/**
 * Approvals at the prompt: a person sees what the agent wants to do and answers yes, always, no or cancel, and answers
 * the agent's questions in the same place. Ctrl-C interrupts the turn and withdraws the open prompt.
 *
 *     deno run -A examples/17_approvals_at_the_prompt.ts [--live]
 */
import {
  ApprovalMode,
  type ApprovalRequest,
  Codex,
  type RequestStream,
  Sandbox,
  type UserInputRequest,
  type UserRequest,
} from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";
import { Terminal } from "./_terminal.ts";
import { shortCommand, showChanges } from "./_turn_view.ts";

await using scripted = await scriptedModel("17_approvals_at_the_prompt");
using terminal = new Terminal();
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({
  approvalMode: ApprovalMode.ask, // the default with a handler, but not with a reader as below
  sandbox: Sandbox.readOnly,
  config: { features: { default_mode_request_user_input: true } }, // lets the agent ask questions
});

const turn = await thread.turn(
  "Make a folder `notes` outside of the sandbox, ask me how long a plan of the garden should be, and write it there.",
);
terminal.onInterrupt(() => void turn.interrupt().catch(() => {}));
await Promise.all([showText(), answerAll(turn.requests())]);
terminal.line(terminal.dim(`(${(await turn.run()).status})`));

async function showText(): Promise<void> {
  for await (const piece of turn.textStream()) terminal.write(piece);
}

/** Handles the requests one after another, however many are pending; the stream ends with the turn. */
async function answerAll(requests: RequestStream): Promise<void> {
  for await (const request of requests) {
    terminal.line("");
    if (request.kind === "userInput") await answer(request);
    else if (request.kind === "elicitation") request.decline(); // a form of an MCP server
    else await decide(request);
  }
}

/** Shows the request and asks until there is a decision; the end of the input means no. */
async function decide(request: ApprovalRequest): Promise<void> {
  show(request);
  const choices = choicesFor(request);
  const labels = Object.values(choices).map(({ label }) => label).join(", ");
  while (request.state === "open") {
    const typed = await terminal.ask(`${terminal.bold("Allow this?")} ${labels}: `, request.signal);
    if (isGone(request)) return;
    choices[typed?.trim().toLowerCase() ?? "n"]?.choose();
  }
}

function show(request: ApprovalRequest): void {
  if (request.kind === "commandApproval") {
    const { script, command, cwd } = request;
    terminal.line(terminal.cyan(`$ ${script ?? command ?? "(no command)"}`));
    terminal.line(terminal.dim(`  in ${cwd}`));
  } else if (request.kind === "fileChangeApproval") {
    if (request.changes === null) terminal.line("(unknown changes)");
    else showChanges(terminal, request.changes);
    // Where files are moved, what links lead to, and a folder that would be opened.
    const named = request.changes?.map(({ path }) => path) ?? [];
    const more = request.paths?.filter((path) => !named.includes(path)) ?? ["unknown paths"];
    if (more.length > 0) terminal.line(terminal.yellow(`  also touches ${more.join(", ")}`));
  } else {
    terminal.line(`${request.kind} ${JSON.stringify(request.params)}`);
  }
  if (request.reason !== null) terminal.line(terminal.yellow(`  ${request.reason}`));
}

interface Choice {
  readonly label: string;
  readonly choose: () => void;
}

/** Only the decisions that the server offers: any other throws `DecisionNotOfferedError`. */
function choicesFor(request: ApprovalRequest): Record<string, Choice> {
  const offered: readonly unknown[] = request.availableDecisions;
  const rule = request.kind === "commandApproval" ? request.proposedRule : null;
  return {
    y: { label: "[y]es", choose: () => request.approve() },
    ...(offered.includes("acceptForSession") &&
      { a: { label: "[a]lways in this session", choose: () => request.approveForSession() } }),
    ...(request.kind === "commandApproval" && rule !== null &&
      {
        r: {
          label: `a [r]ule for good: any command that begins with \`${
            shortCommand(rule.join(" "))
          }\``,
          choose: () => request.approveWithRule(),
        },
      }),
    n: { label: "[n]o", choose: () => request.decline() },
    c: { label: "[c]ancel the turn", choose: () => request.cancel() },
  };
}

/** Accepts the number of an option, or any text if the question allows it. */
async function answer(request: UserInputRequest): Promise<void> {
  const answers: Record<string, string> = {};
  for (const { id, question, options, isOther } of request.questions) {
    const labels = options?.map(({ label }) => label) ?? [];
    terminal.line(terminal.bold(question));
    options?.forEach(({ label, description }, index) =>
      terminal.line(`  ${index + 1}. ${label} ${terminal.dim(description)}`)
    );
    for (;;) {
      const typed = (await terminal.ask("Your answer: ", request.signal))?.trim();
      if (isGone(request)) return;
      if (typed === undefined) return request.decline(); // the agent gets no answers and continues
      answers[id] = labels[Number(typed) - 1] ?? typed;
      if (isOther !== false || labels.length === 0 || labels.includes(answers[id])) break;
    }
  }
  request.answer(answers);
}

/** The turn may end while a person thinks; a decision then throws `RequestSettledError`. */
function isGone(request: UserRequest): boolean {
  if (request.state === "open") return false;
  terminal.line(terminal.dim("(no longer asked)"));
  return true;
}
