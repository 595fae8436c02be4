/** The ids of jobs in the queue. */

/**
 * What the ids of submitted jobs begin with. In Redis, the id is a key beside those of the queue, such as `delayed`; and
 * BullMQ refuses plain numbers.
 */
const PREFIX = "run-";
const SCHEDULED = "repeat:";

type Identified = { readonly id?: string | undefined };

/** The id under which a run is submitted. */
export function queueIdOf(runId: string): string {
  return PREFIX + runId;
}

/** The id that the run of a schedule has in the queue. */
export function scheduledIdOf(runId: string): string {
  return runId.replace(/^repeat-(.+)-(\d+)$/, `${SCHEDULED}$1:$2`);
}

/** Whether a schedule has submitted the job: its id is made by the queue. */
export function isScheduled({ id = "" }: Identified): boolean {
  return id.startsWith(SCHEDULED);
}

/** The id of the run of a job. */
export function runIdOf(job: Identified): string {
  const { id = "" } = job;
  return isScheduled(job) ? id.replaceAll(":", "-") : id.slice(PREFIX.length);
}
