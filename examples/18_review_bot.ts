/**
 * A review bot for CI: the agent may read and run the tests; anything else is declined and logged. The review is a typed
 * value. The exit code is 0 if it approves, 1 if it does not, and 2 if there is no review.
 *
 *     deno run -A examples/18_review_bot.ts [--live]
 */
import process from "node:process";
import {
  type ApprovalPolicy,
  type ApprovalRequest,
  approveReadOnly,
  Codex,
  CodexError,
  firstOf,
  printable,
  Sandbox,
} from "@codex-app-server/sdk";
import { z } from "zod";
import { scriptedModel } from "./_scripted.ts";

const Review = z.object({
  verdict: z.enum(["approve", "request changes"]),
  findings: z.array(z.object({
    file: z.string(),
    line: z.number().int().nullable(),
    problem: z.string().describe("One sentence."),
  })),
});

await using scripted = await scriptedModel("18_review_bot");
const tests = scripted === undefined ? "npm test" : "sh test.sh";
const cwd = scripted?.options.cwd ?? process.cwd();

/**
 * Approves exactly the test command, in this folder: compare the whole `script`. Only for a read-only sandbox: an agent that
 * may write decides what the test command does. The tests run outside the sandbox, as usual in CI. They execute the code
 * under review, so give the job no secrets.
 */
const approveTests: ApprovalPolicy = (request) =>
  request.kind === "commandApproval" && request.script === tests && request.cwd === cwd
    ? "accept"
    : undefined;

/** There is nobody to ask, so this decides everything else. */
const declineAndLog: ApprovalPolicy = (request) => {
  console.log(printable(`Declined: ${titleOf(request)}`));
  return "decline";
};

await using codex = await Codex.start({ ...scripted?.options, cwd });
const thread = await codex.threadStart({
  sandbox: Sandbox.readOnly, // for untrusted code; `workspace` would also trust the repository permanently
  approvals: firstOf(approveReadOnly, approveTests, declineAndLog),
});
try {
  const { output, items } = await thread.run(
    `Review what differs from the main branch. Run the tests with \`${tests}\`. Change nothing.`,
    { output: Review, repair: true, timeoutMs: 600_000 },
  );
  for (const item of items) {
    if (item.type !== "commandExecution" || item.status === "declined") continue;
    console.log(printable(`Ran:      ${item.command} (exit code ${item.exitCode})`));
  }
  for (const { file, line, problem } of output.findings) {
    console.log(printable(`Finding:  ${line === null ? file : `${file}:${line}`}: ${problem}`));
  }
  console.log(printable(`Verdict:  ${output.verdict}`));
  process.exitCode = output.verdict === "approve" ? 0 : 1;
} catch (error) {
  if (!(error instanceof CodexError)) throw error;
  console.log(printable(`No review: ${error.message}`)); // the turn failed, took too long, or gave no valid answer
  process.exitCode = 2;
}

function titleOf(request: ApprovalRequest): string {
  switch (request.kind) {
    case "commandApproval":
      return request.script ?? request.command ?? "a command";
    case "fileChangeApproval":
      return request.changes?.map(({ kind, path }) => `${kind.type} ${path}`).join(", ") ?? "files";
    case "mcpToolApproval":
      return `${request.serverName}.${request.toolName}`;
    default:
      return request.reason ?? request.kind;
  }
}
