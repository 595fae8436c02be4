/** Compile-time checks: this file does not compile if the types of the requests are wrong. */
import type {
  ApprovalDecision,
  ApprovalPolicy,
  ApprovalRequest,
  Codex,
  CommandApproval,
  ElicitationRequest,
  FileChangeApproval,
  McpToolApproval,
  RequestHandlerOptions,
  RequestStream,
  Thread,
  TurnHandle,
  UserInputRequest,
  UserRequest,
  UserRequestKind,
} from "../../../mod.ts";
import type { RequestStreamOptions, UserRequestOf } from "../../../types.ts";
import type {
  CommandExecutionRequestApprovalParams,
  FileUpdateChange,
  ThreadItem,
} from "../../../protocol.ts";
import { approveAll, approveReadOnly, declineAll, firstOf, isApproval } from "../../../mod.ts";
import { assert } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { COMMAND } from "./_requests.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles only for the type `true`. */
function holds<_Fact extends true>(): void {}

/** Only compiled, never run. */
export function decisions(
  command: CommandApproval,
  files: FileChangeApproval,
  mcp: McpToolApproval,
  input: UserInputRequest,
  form: ElicitationRequest,
): void {
  command.answer("accept");
  command.answer("acceptForSession");
  command.answer({ acceptWithExecpolicyAmendment: { execpolicy_amendment: ["ls"] } });
  command.answer({ decision: "cancel" });
  // @ts-expect-error -- a word of the legacy approvals
  command.answer("approved");
  // @ts-expect-error -- a yes is not a decision
  command.answer(true);
  files.answer("decline");
  // @ts-expect-error -- files have no rules
  files.answer({ acceptWithExecpolicyAmendment: { execpolicy_amendment: ["ls"] } });
  mcp.answer("acceptAlways");
  // @ts-expect-error -- files cannot be approved permanently
  files.answer("acceptAlways");
  input.answer("blue");
  input.answer({ colour: "blue", sizes: ["S"] });
  // @ts-expect-error -- numbers are not answers
  input.answer({ colour: 1 });
  // @ts-expect-error -- there is nothing to approve
  input.approve();
  form.accept({ colour: "blue" });
  form.answer("cancel");
  // @ts-expect-error -- accepting requires the content of the form
  form.answer("accept");
  holds<Equal<typeof command.params, CommandExecutionRequestApprovalParams>>();
  holds<Equal<typeof files.changes, readonly FileUpdateChange[] | null>>();
  holds<Equal<typeof command.thread, Thread | undefined>>();
  holds<Equal<typeof command.item, ThreadItem | undefined>>();
}

/** Only compiled, never run. */
export async function narrowing(thread: Thread): Promise<void> {
  for await (const request of thread.requests()) {
    holds<Equal<typeof request, UserRequest>>();
    request.decline();
    // @ts-expect-error -- its kind must be checked first
    request.approve();
    switch (request.kind) {
      case "commandApproval":
        holds<Equal<typeof request, CommandApproval>>();
        break;
      case "userInput":
        holds<Equal<typeof request, UserInputRequest>>();
        break;
      case "elicitation":
        holds<Equal<typeof request, ElicitationRequest>>();
        break;
      default:
        request.approve();
    }
  }
  holds<
    Equal<
      UserRequestKind,
      | "commandApproval"
      | "fileChangeApproval"
      | "permissionsApproval"
      | "mcpToolApproval"
      | "userInput"
      | "elicitation"
      | "execCommandApproval"
      | "applyPatchApproval"
    >
  >();
  thread.requests({ kinds: ["userInput"] });
  // @ts-expect-error -- a method is not a kind
  thread.requests({ kinds: ["item/tool/requestUserInput"] });
}

/** Only compiled, never run. */
export async function kinds(
  codex: Codex,
  { thread, turn }: { thread: Thread; turn: TurnHandle },
  chosen: readonly UserRequestKind[],
): Promise<void> {
  for await (const request of thread.requests({ kinds: ["userInput"] })) {
    holds<Equal<typeof request, UserInputRequest>>();
  }
  for await (const request of turn.requests({ kinds: ["commandApproval", "elicitation"] })) {
    holds<Equal<typeof request, CommandApproval | ElicitationRequest>>();
  }
  for await (const request of codex.requests({ kinds: chosen })) {
    holds<Equal<typeof request, UserRequest>>();
  }
  const changes = thread.requests({ kinds: ["fileChangeApproval"], signal: undefined });
  holds<Equal<typeof changes, RequestStream<"fileChangeApproval">>>();
  const { value } = await changes.next();
  holds<Equal<typeof value, FileChangeApproval | undefined>>();
  const any: RequestStream = changes;
  // @ts-expect-error -- it may yield other kinds
  const wrong: typeof changes = any;
  void wrong;
  const all = thread.requests();
  holds<Equal<typeof all, RequestStream>>();
  holds<Equal<UserRequestOf<UserRequestKind>, UserRequest>>();
  const options: RequestStreamOptions = { kinds: ["userInput"] };
  for await (const request of thread.requests(options)) {
    holds<Equal<typeof request, UserRequest>>();
    if (isApproval(request)) holds<Equal<typeof request, ApprovalRequest>>();
    else holds<Equal<typeof request, UserInputRequest | ElicitationRequest>>();
    const json = request.toJSON();
    if (json.method === COMMAND) {
      holds<Equal<typeof json.params.command, string | null | undefined>>();
    }
  }
}

/** Only compiled, never run. */
export async function handlers(codex: Codex): Promise<void> {
  const policies: ApprovalPolicy[] = [approveAll, approveReadOnly, declineAll];
  const options: RequestHandlerOptions = {
    approvals: firstOf(...policies, (request) => {
      holds<Equal<typeof request, ApprovalRequest>>();
      return request.kind === "commandApproval" ? "acceptForSession" : undefined;
    }),
    onCommandApproval: ({ availableDecisions }) => availableDecisions[0],
    onFileChangeApproval: (approval) => approval.approve(),
    onUserInput: async ({ questions }) =>
      await Promise.resolve({ [String(questions[0]?.id)]: "x" }),
    onElicitation: () => {},
  };
  const thread = await codex.threadStart(options);
  await thread.run("hi", options);
  await thread.review({ type: "uncommittedChanges" }, options);
  await codex.threadStart({
    // @ts-expect-error -- not a decision on a command
    onCommandApproval: () => "yes",
  });
  await codex.threadStart({
    // @ts-expect-error -- tokens belong to the client
    onTokenRefresh: () => ({ accessToken: "t", chatgptAccountId: "a" }),
  });
  // @ts-expect-error -- policies use the common one-word decisions
  const wrong: ApprovalPolicy = () => ({ decision: "accept" });
  void wrong;
  thread.handle("item/fileChange/requestApproval", () => ({ decision: "accept" }));
  // @ts-expect-error -- an answer to another method
  thread.handle("item/fileChange/requestApproval", () => ({ action: "accept" }));
  const word: ApprovalDecision = "cancel";
  void word;
}

test("UserRequest, its kinds and its handlers have types for their own answers [R-37] [R-40]", () => {
  assert(typeof decisions === "function" && typeof narrowing === "function");
  assert(typeof handlers === "function" && typeof kinds === "function");
});
