/** Judges a chaos run by what is stored and by the marks of the commands. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CodexFleet } from "../../fleet/bullmq.ts";
import type { FleetEvent, StoredEvent, StoreWithThreads } from "../../fleet.ts";
import type { LastWord } from "./_chaos_model.ts";
import type { ChaosJob } from "./_chaos_plan.ts";
import type { ChaosStore } from "./_chaos_store.ts";

/** What the oracle found. */
export interface Verdict {
  /** What must not be. */
  readonly faults: readonly string[];
  /** Steps in all. */
  readonly steps: number;
  /** Executions of a step that had run before but whose output was not stored: what "at least once" allows. */
  readonly again: number;
  /** Executions by a worker's server after another worker had taken over. */
  readonly stale: number;
  /** Questions in all. */
  readonly questions: number;
  /** Questions that were asked anew because the worker was gone after it had noted the answer. */
  readonly askedAnew: number;
  readonly steered: number;
  readonly refused: number;
  /** How many workers held a job, one after the other, summed over all jobs. */
  readonly attempts: number;
  readonly events: number;
  /** Bytes of the stored rollouts, and of parts to which no checkpoint refers. */
  readonly storedBytes: number;
  readonly orphanBytes: number;
}

interface Execution {
  readonly step: string;
  readonly worker: string;
  readonly begin: number;
  readonly hasEnded: boolean;
}

/** Milliseconds that clocks of two processes may differ. */
const CLOCK_MS = 20;

/** Judges the jobs. */
export async function judge(of: {
  readonly jobs: readonly ChaosJob[];
  readonly followed: readonly StoredEvent[][];
  readonly marks: string;
  readonly store: ChaosStore;
  readonly fleet: CodexFleet;
  readonly hasStale: boolean;
}): Promise<Verdict> {
  const faults: string[] = [];
  const sums = { again: 0, stale: 0, questions: 0, askedAnew: 0, steered: 0, refused: 0 };
  const [executions, store] = await Promise.all([
    executionsIn(of.marks),
    storedThreads(of.jobs, of.fleet.store as StoreWithThreads),
  ]);
  let [steps, attempts, events] = [0, 0, 0];
  for (const [at, job] of of.jobs.entries()) {
    const fault = (text: string): void => void faults.push(`${job.id}: ${text}`);
    const story: StoredEvent[] = [];
    for await (const stored of of.fleet.run(job.id).story()) story.push(stored);
    events += story.length;
    steps += job.steps.length;
    checkEvents(story, of.followed[at] as StoredEvent[], fault);
    const word = checkEnd(story, fault);
    for (const { event } of story) {
      if (event.type === "started") attempts++;
      if (event.type === "steered") sums.steered++;
      if (event.type === "refused") sums.refused++;
    }
    const types = new Set(story.map(({ event }) => event.type));
    if ((word?.steers ?? 0) > 1) fault(`has its steer ${word?.steers} times`);
    if (types.has("steered") && !types.has("refused") && word?.steers !== 1) {
      fault("was steered, but the thread does not have it");
    }
    for (const no of job.steps.keys()) {
      const step = `${job.id}.${no}`;
      const ran = executions.filter((one) => one.step === step);
      const { again, stale } = checkStep(step, story, ran, of.hasStale, fault);
      sums.again += again;
      sums.stale += stale;
    }
    const asked = checkQuestions(job, story, fault);
    sums.questions += asked.questions;
    sums.askedAnew += asked.askedAnew;
    checkRollout(job, story, store.rollouts.get(job.thread) ?? "", fault);
  }
  checkThreads(of.jobs, of.followed, faults);
  const counts = await of.fleet.counts();
  if (counts.completed !== of.jobs.length) {
    faults.push(`the queue has ${JSON.stringify(counts)} for ${of.jobs.length} jobs`);
  }
  const { storedBytes } = store;
  const orphanBytes = await of.store.partBytes() - storedBytes;
  return { faults, steps, ...sums, attempts, events, storedBytes, orphanBytes };
}

/** Numbers without gaps, and a reader that saw each event once. */
function checkEvents(
  story: readonly StoredEvent[],
  followed: readonly StoredEvent[],
  fault: (text: string) => void,
): void {
  if (story.some(({ seq }, at) => seq !== at + 1)) fault("its numbers have gaps");
  if (JSON.stringify(story) !== JSON.stringify(followed)) {
    fault(`a reader saw ${followed.length} events instead of ${story.length}`);
  }
  if (story.some(({ epoch }, at) => epoch < (story[at - 1]?.epoch ?? 0))) {
    fault("an earlier owner wrote after a later one");
  }
  const ids = itemsOf(story).map(({ event }) => event.item.id);
  if (new Set(ids).size !== ids.length) fault("an item is reported twice");
}

/** One end, with one prompt in the thread. */
function checkEnd(
  story: readonly StoredEvent[],
  fault: (text: string) => void,
): LastWord | undefined {
  const ends = story.flatMap(({ event }) => event.type === "ended" ? [event.result] : []);
  const [result] = ends;
  if (ends.length !== 1) fault(`ended ${ends.length} times`);
  if (story.at(-1)?.event.type !== "ended") fault("something follows its end");
  if (result?.status !== "completed") {
    fault(`ended as ${result?.status}: ${result?.error}`);
    return undefined;
  }
  try {
    const word = JSON.parse(result.finalResponse ?? "") as LastWord;
    if (word.prompts !== 1) fault(`its prompt is in the thread ${word.prompts} times`);
    return word;
  } catch {
    fault(`has no answer: ${result.finalResponse}`);
    return undefined;
  }
}

/** A step that is reported as finished never begins again. */
function checkStep(
  step: string,
  story: readonly StoredEvent[],
  ran: readonly Execution[],
  hasStale: boolean,
  fault: (text: string) => void,
): { readonly again: number; readonly stale: number } {
  const finished = itemsOf(story).filter(({ event }) =>
    event.item.id.startsWith(`${step}.`) && isDone(event.item)
  );
  const [report] = finished;
  if (finished.length !== 1) fault(`step ${step} is reported as finished ${finished.length} times`);
  const whole = ran.filter(({ hasEnded }) => hasEnded);
  if (whole.length === 0) fault(`step ${step} never ran`);
  if (report === undefined) return { again: 0, stale: 0 };
  let stale = 0;
  for (const one of ran) {
    if (one.begin <= report.atMs + CLOCK_MS) continue;
    // The server of a paused worker knows nothing of the new owner, and cannot be fenced.
    const epochs = story.flatMap(({ event, epoch }) =>
      event.type === "started" && event.worker === one.worker ? [epoch] : []
    );
    if (hasStale && Math.max(0, ...epochs) < report.epoch) stale++;
    else fault(`step ${step} was repeated by ${one.worker} after its end was stored`);
  }
  return { again: Math.max(0, whole.length - 1 - stale), stale };
}

/** A question that is open, or that is settled for a finished step, is not asked again. */
function checkQuestions(
  job: ChaosJob,
  story: readonly StoredEvent[],
  fault: (text: string) => void,
): { readonly questions: number; readonly askedAnew: number } {
  const open = new Map<string, string>();
  const askedSteps = new Set<string>();
  const ids = new Set<string>();
  let [questions, askedAnew] = [0, 0];
  for (const { event } of story) {
    if (event.type === "resolved") open.delete(event.requestId);
    if (event.type !== "request") continue;
    questions++;
    if (ids.has(event.requestId)) fault(`question ${event.requestId} is asked twice`);
    ids.add(event.requestId);
    const step = /did (job-\d+\.\d+)/.exec(JSON.stringify(event.request))?.[1] ?? "";
    if (step === "") fault("a question names no step");
    if ([...open.values()].includes(step)) fault(`step ${step} is asked about twice at once`);
    open.set(event.requestId, step);
    if (askedSteps.has(step)) askedAnew++;
    askedSteps.add(step);
  }
  const approved = job.steps.filter((kind) => kind === "approved").length;
  if (askedSteps.size !== approved) {
    fault(`${askedSteps.size} of ${approved} steps were asked about`);
  }
  if (open.size > 0) fault(`${open.size} questions are open for ever`);
  return { questions, askedAnew };
}

/** What the log calls finished is what the stored rollout has the output of. */
function checkRollout(
  job: ChaosJob,
  story: readonly StoredEvent[],
  rollout: string,
  fault: (text: string) => void,
): void {
  const logged = itemsOf(story).flatMap(({ event: { item } }) =>
    item.id.startsWith(`${job.id}.`) && isDone(item) ? [item.id] : []
  );
  const stored: string[] = [];
  for (const line of rollout.split("\n")) {
    if (!line.includes('_output"')) continue;
    const { payload } = JSON.parse(line) as { payload: { call_id?: string; output?: unknown } };
    const id = payload.call_id ?? "";
    const isGood = JSON.stringify(payload.output ?? "").includes("did job-");
    if (id.startsWith(`${job.id}.`) && isGood) stored.push(id);
  }
  if (JSON.stringify(logged.sort()) !== JSON.stringify(stored.sort())) {
    fault(
      `the log has ${logged.join(" ")}, the rollout ${stored.join(" ")} (${rollout.slice(0, 60)})`,
    );
  }
}

/** The jobs of one thread go one after the other. */
function checkThreads(
  jobs: readonly ChaosJob[],
  followed: readonly StoredEvent[][],
  faults: string[],
): void {
  for (const [at, job] of jobs.entries()) {
    if (job.thread === job.id) continue;
    const other = jobs.findIndex(({ id }) => id === job.thread);
    const [one, two] = [at, other].map((index) => {
      const epochs = (followed[index] ?? []).map(({ epoch }) => epoch);
      return [Math.min(...epochs), Math.max(...epochs)] as const;
    });
    if (one === undefined || two === undefined) continue;
    if (one[0] <= two[1] && two[0] <= one[1]) {
      faults.push(`${job.id} and ${job.thread} shared their thread: ${one} and ${two}`);
    }
  }
}

type ItemEvent = FleetEvent & { readonly type: "item" };

function itemsOf(story: readonly StoredEvent[]): (StoredEvent & { readonly event: ItemEvent })[] {
  return story.filter((one): one is StoredEvent & { readonly event: ItemEvent } =>
    one.event.type === "item"
  );
}

function isDone(item: ItemEvent["item"]): boolean {
  return "status" in item && item.status === "completed";
}

async function executionsIn(folder: string): Promise<Execution[]> {
  const executions: Execution[] = [];
  for (const step of await readdir(folder)) {
    const lines = (await readFile(join(folder, step), "utf8")).trim().split("\n");
    const marks = lines.map((line) => line.split(" "));
    for (const [worker = "", id, moment, time] of marks) {
      if (moment !== "begin") continue;
      const hasEnded = marks.some((one) => one[0] === worker && one[1] === id && one[2] === "end");
      executions.push({ step, worker, begin: Number(time), hasEnded });
    }
  }
  return executions;
}

/** Reads the stored rollouts as the next worker would. */
async function storedThreads(
  jobs: readonly ChaosJob[],
  store: StoreWithThreads,
): Promise<{ readonly rollouts: ReadonlyMap<string, string>; readonly storedBytes: number }> {
  const rollouts = new Map<string, string>();
  let storedBytes = 0;
  for (const thread of new Set(jobs.map((job) => job.thread))) {
    // A worker that was killed after the end of a run owns the thread until its time is over.
    const until = Date.now() + 10_000;
    let owned: Awaited<ReturnType<StoreWithThreads["acquire"]>>;
    do {
      owned = await store.acquire({ thread, runId: "oracle", ttlMs: 60_000 });
      if (owned === undefined) await new Promise((resolve) => setTimeout(resolve, 250));
    } while (owned === undefined && Date.now() < until);
    const decoder = new TextDecoder();
    let text = "";
    for (const { key, bytes } of owned?.checkpoint?.parts ?? []) {
      storedBytes += bytes;
      text += decoder.decode(await store.threads.get(key), { stream: true });
    }
    if (owned === undefined) text = "nobody may have the thread: somebody is before us";
    rollouts.set(thread, text);
  }
  return { rollouts, storedBytes };
}
