/** The ten jobs of the example, and the scripted model that plays their agents. */
import {
  message,
  type RecordedRequest,
  type ResponseStep,
  shellCommand,
} from "@codex-app-server/sdk/testing";
import type { AgentJob } from "@codex-app-server/sdk/fleet";

interface Script {
  readonly id: string;
  readonly commands: readonly string[];
  /** Whether its first command needs a person's consent. */
  readonly asks?: boolean;
  readonly answer: string;
}

const report = (number: number): Script => ({
  id: `report-${number}`,
  commands: [
    `wc -w handbook.md > report-${number}.txt; sleep 0.3`,
    `echo "checked by job ${number}" >> report-${number}.txt; sleep 0.3`,
  ],
  answer: `Report ${number} is written.`,
});

/** The job whose worker is killed. */
export const LONG = "migration";

const SCRIPTS: readonly Script[] = [
  {
    id: LONG,
    commands: [
      "echo 'step 1' >> migration.txt",
      "echo 'step 2' >> migration.txt; sleep 3",
      "echo 'step 3' >> migration.txt; cat migration.txt",
    ],
    answer: "The migration is done: no step was lost, and no finished one was repeated.",
  },
  {
    id: "deploy",
    commands: ["mkdir -p ../outside && echo deployed"],
    asks: true,
    answer: "It is deployed, with your consent.",
  },
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(report),
];

/** The jobs: each on a copy of the same folder. */
export const JOBS: readonly AgentJob[] = SCRIPTS.map(({ id }) => ({
  id,
  prompt: `Do job ${id}.`,
  workspace: { folder: "handbook" },
  threadOptions: { approvalMode: "ask", sandbox: "workspaceWrite" },
}));

/** Answers as the agent of the job that a request belongs to: the first command that has not ended, or the answer. */
export function respond(request: RecordedRequest): readonly ResponseStep[] {
  const id = /Do job ([\w-]+)\./.exec(JSON.stringify(request.body))?.[1];
  const script = SCRIPTS.find((one) => one.id === id);
  if (script === undefined) return [message("There is nothing to do.")];
  const outputs = [...request.functionOutputs()];
  for (const [index, command] of script.commands.entries()) {
    const tries = outputs.filter(([callId]) => callId.startsWith(`${id}-${index}-`));
    if (tries.some(([, output]) => !output.includes("aborted"))) continue;
    const consent = script.asks ? { escalate: "It writes outside of its folder." } : {};
    return [shellCommand(command, { callId: `${id}-${index}-${tries.length}`, ...consent })];
  }
  return [message(script.answer)];
}
