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
  printable,
  type RequestStream,
  Sandbox,
  type UserInputRequest,
  type UserRequest,
} from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";
import { Terminal } from "./_terminal.ts";
import { showApproval } from "./_turn_view.ts";

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
terminal.line(`(${(await turn.run()).status})`, "dim");

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

/** Shows the request and asks until there is a decision, which is a whole line; the end of the input means no. */
async function decide(request: ApprovalRequest): Promise<void> {
  const choices = choicesFor(request);
  const prompt = `Allow this? ${choices.map(({ label }) => label).join(", ")}: `;
  while (request.state === "open") {
    const typed = await terminal.ask(() => showApproval(terminal, request), prompt, request.signal);
    if (isGone(request)) return;
    const answer = typed?.trim().toLowerCase() ?? "no";
    choices.find(({ words }) => words.includes(answer))?.choose();
  }
}

interface Choice {
  readonly words: readonly string[];
  readonly label: string;
  readonly choose: () => void;
}

/** Only the decisions that the server offers: any other throws `DecisionNotOfferedError`. */
function choicesFor(request: ApprovalRequest): Choice[] {
  const offered: readonly unknown[] = request.availableDecisions;
  const rule = request.kind === "commandApproval" ? request.proposedRule : null;
  const choices: Choice[] = [
    { words: ["y", "yes"], label: "[y]es", choose: () => request.approve() },
    { words: ["n", "no"], label: "[n]o", choose: () => request.decline() },
    { words: ["c", "cancel"], label: "[c]ancel the turn", choose: () => request.cancel() },
  ];
  if (offered.includes("acceptForSession")) {
    const label = "[a]lways in this session";
    choices.push({ words: ["a", "always"], label, choose: () => request.approveForSession() });
  }
  if (request.kind === "commandApproval" && rule !== null) {
    const words = printable(rule.join(" "), { oneLine: true });
    const label = `a [r]ule for good: any command that begins with \`${words}\``;
    choices.push({ words: ["r", "rule"], label, choose: () => request.approveWithRule() });
  }
  return choices;
}

/** Accepts the number of an option, or any text if the question allows it. */
async function answer(request: UserInputRequest): Promise<void> {
  const answers: Record<string, string> = {};
  for (const { id, question, options, isOther } of request.questions) {
    const labels = options?.map(({ label }) => label) ?? [];
    const show = (): void => {
      terminal.line(question, "bold");
      options?.forEach(({ label, description }, index) =>
        terminal.line(`  ${index + 1}. ${label} ${description}`)
      );
    };
    for (;;) {
      const typed = (await terminal.ask(show, "Your answer: ", request.signal))?.trim();
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
  terminal.line("(no longer asked)", "dim");
  return true;
}
