/** The scripted model of a chaos run: it reads in the conversation what is done, and does the next step. */
import { functionCall, message, ModelServer, shellCommand } from "../../testing.ts";
import type { RecordedRequest } from "../../testing.ts";
import type { ChaosJob } from "./_chaos_plan.ts";

/** What the model says at the end of a job. */
export interface LastWord {
  /** How often the prompt is in the conversation. */
  readonly prompts: number;
  /** How often the person's steer is. */
  readonly steers: number;
}

/** The prompt of a job. */
export const promptOf = (id: string): string => `Please do ${id}.`;
/** What a person adds to a job. */
export const steerOf = (id: string): string => `Think of ${id}!`;

/** Starts the model of these jobs, whose commands leave marks in a folder. */
export function startChaosModel(jobs: readonly ChaosJob[], marks: string): Promise<ModelServer> {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const respond = (request: RecordedRequest): ReturnType<typeof nextOf> | undefined => {
    const id = request.userTexts().flatMap((text) =>
      /^Please do (job-\d+)\.$/.exec(text)?.[1] ?? []
    ).at(-1);
    const job = byId.get(id ?? "");
    return job === undefined ? undefined : nextOf(job, request, marks);
  };
  return ModelServer.start({ respond, maxRequests: 20 });
}

function nextOf(
  { id, steps }: ChaosJob,
  request: RecordedRequest,
  marks: string,
): readonly [ReturnType<typeof message> | ReturnType<typeof functionCall>] {
  const outputs = [...request.functionOutputs()];
  for (const [no, kind] of steps.entries()) {
    const step = `${id}.${no}`;
    const tries = outputs.filter(([callId]) => callId.startsWith(`${step}.`));
    if (tries.some(([, output]) => output.includes(`did ${step}`))) continue;
    const callId = `${step}.${tries.length}`;
    if (kind === "tool") return [functionCall("mark", { step }, { callId })];
    // A slow machine must not turn a command into one that goes on in the background.
    const options = { callId, yieldTimeMs: 30_000 };
    const escalate = kind === "approved" ? { escalate: "May I?" } : {};
    return [shellCommand(commandOf(step, `${marks}/${step}`), { ...options, ...escalate })];
  }
  const count = (text: string): number => request.userTexts().filter((one) => one === text).length;
  const word: LastWord = { prompts: count(promptOf(id)), steers: count(steerOf(id)) };
  return [message(JSON.stringify(word))];
}

function commandOf(step: string, file: string): string {
  const mark = (moment: string): string =>
    `echo "$CHAOS_WORKER $$ ${moment} $(date +%s%3N)" >> ${file}`;
  return `${mark("begin")}; sleep 0.1; ${mark("end")}; echo did ${step}`;
}
