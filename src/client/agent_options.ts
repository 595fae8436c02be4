/** The names of the options that configure agents: those of threads and turns. */
import type { RequestHandlerOptions } from "./requests/handler_options.ts";
import type {
  ThreadForkOptions,
  ThreadOpenOptions,
  ThreadResumeOptions,
  ThreadStartOptions,
} from "./threads/thread_options.ts";
import type { TurnOptions } from "./turns/turn_options.ts";

/** The names of the options, except handlers. */
type Names<Options> = Readonly<Record<Exclude<keyof Options, keyof RequestHandlerOptions>, true>>;

const OPEN: Names<ThreadOpenOptions> = {
  model: true,
  modelProvider: true,
  serviceTier: true,
  cwd: true,
  config: true,
  baseInstructions: true,
  developerInstructions: true,
  approvalMode: true,
  sandbox: true,
  tools: true,
  signal: true,
  timeoutMs: true,
};

/** The options of `threadStart()`. */
export const START_OPTIONS: Names<ThreadStartOptions> = {
  ...OPEN,
  personality: true,
  ephemeral: true,
  serviceName: true,
  sessionStartSource: true,
  threadSource: true,
  dynamicTools: true,
  extraParams: true,
};

/** The options of `threadResume()`. */
export const RESUME_OPTIONS: Names<ThreadResumeOptions> = {
  ...OPEN,
  includeTurns: true,
  personality: true,
  extraParams: true,
};

/** The options of `threadFork()`. */
export const FORK_OPTIONS: Names<ThreadForkOptions> = {
  ...OPEN,
  includeTurns: true,
  ephemeral: true,
  threadSource: true,
  lastTurnId: true,
  beforeTurnId: true,
  extraParams: true,
};

/** How messages name the calls that take these options. */
export const OF_TURNS = "run() and turn()";

/** The options of `run()` and `turn()`, except handlers. */
export const TURN_OPTIONS: Names<TurnOptions> = {
  model: true,
  effort: true,
  summary: true,
  personality: true,
  cwd: true,
  approvalMode: true,
  sandbox: true,
  serviceTier: true,
  serviceTierForTurn: true,
  outputSchema: true,
  turnTrigger: true,
  clientUserMessageId: true,
  disabledPluginIds: true,
  whenBusy: true,
  goal: true,
  extraParams: true,
  output: true,
  repair: true,
  tools: true,
  signal: true,
  timeoutMs: true,
  idleTimeoutMs: true,
  limits: true,
};
