/** What the SDK promises, given the bugs of existing app-server clients. Tests cite the ids. */

/** One promise. */
export interface Requirement {
  readonly id: string;
  readonly behaviour: string;
  /** The public issue that showed the need, or `binary` for behaviour observed on the real binary. */
  readonly source: string;
}

function promise(id: string, behaviour: string, source = "design"): Requirement {
  return { id, behaviour, source };
}

/** Every promise, ordered by id. */
export const requirements: readonly Requirement[] = [
  // Framing and bytes
  promise(
    "R-01",
    "Only LF ends a frame; one CR before it is removed; other line separators stay",
    "openai/codex#33617",
  ),
  promise("R-02", "UTF-8 survives any cut between chunks, on stdout and stderr", "codex-acp#345"),
  promise(
    "R-03",
    "No limit on a line unless set; long lines cost linear time and memory",
    "openai/codex#34863",
  ),
  promise("R-04", "A blank or broken line becomes a counted diagnostic, and reading continues"),
  promise("R-05", "stderr is drained into a bounded tail even when nobody listens"),
  promise("R-06", "An exit error has the code, the signal and the redacted end of stderr"),
  promise("R-07", "Lone surrogates are replaced before sending", "binary"),
  // JSON-RPC
  promise(
    "R-08",
    "Ids may be strings or numbers, including falsy ones, and are returned unchanged",
  ),
  promise("R-09", "A message's kind follows from its id and method, not from a version field"),
  promise("R-10", "Every request ends: reply, error, timeout, signal or close"),
  promise("R-11", "An abandoned start is undone when its reply comes late"),
  promise(
    "R-12",
    "Only an overload is retried, with bounded, jittered waits",
    "openai/codex#46878",
  ),
  promise(
    "R-13",
    "After a close, pending and later calls fail at once",
    "codex-plugin-cc#665",
  ),
  promise("R-14", "What arrived before an exit counts before the exit does"),
  promise("R-15", "A broken stdin pipe never becomes an uncaught exception"),
  promise("R-16", "A turn's start and end may arrive in any order, in one chunk"),
  // Turns
  promise("R-17", "An error that the server will retry does not end a turn"),
  promise("R-18", "Events are routed by thread and turn: a sub-agent's never reach its parent"),
  promise(
    "R-19",
    "A turn whose end was lost is recovered or fails with a typed error",
    "openai/codex#28495",
  ),
  promise("R-20", "A turn may have an idle limit that pauses while a person is asked"),
  promise("R-21", "Completed, interrupted and failed differ; a failure carries its details"),
  promise("R-22", "Items come from their events; a turn's own list only fills gaps"),
  promise("R-23", "The final answer is chosen by phase, never from commentary"),
  promise("R-24", "Items still open at a turn's end are closed and marked"),
  promise("R-25", "An item after the end of its turn goes to the thread and does no harm"),
  promise(
    "R-26",
    "A second turn on a busy thread is rejected, queued or steers",
    "openai/codex#36866",
  ),
  promise("R-27", "Steers and interrupts fail with typed errors"),
  promise("R-28", "Interrupting twice or too late is allowed and ends with the turn"),
  promise("R-29", "Every call takes a signal and rejects with its reason"),
  promise("R-30", "Leaving a stream early interrupts or detaches, and frees memory"),
  promise("R-31", "Several readers share one turn; a documented rule covers late ones"),
  promise(
    "R-32",
    "Turns that the server starts are handled; a goal is paused before it is stopped",
  ),
  // Server requests
  promise("R-33", "Every server request gets exactly one answer, whatever the handler does"),
  promise("R-34", "The default answer is no; approving everything is an explicit choice"),
  promise("R-35", "A handler learns that its request is settled; a late answer is dropped"),
  promise("R-36", "A person has no time limit by default"),
  promise("R-37", "Offered decisions are shown, and others are refused"),
  promise("R-38", "Two requests about one item stay separate"),
  promise("R-39", "A handler that never answers blocks no other thread"),
  promise("R-40", "Every server request has a typed handler; the innermost scope comes first"),
  promise(
    "R-41",
    "Tool arguments are checked locally, tool errors are contained, and tools survive a resume",
  ),
  promise("R-42", "A policy that was not set is not sent"),
  // Process and platform
  promise(
    "R-43",
    "The native binary is searched in documented places; if it is missing, all are listed",
  ),
  promise("R-44", "No console window opens on Windows"),
  promise("R-46", "Compiled and bundled programs work with an explicit path"),
  promise("R-47", "Nothing is started through the host's own executable"),
  promise(
    "R-48",
    "Closing escalates to a kill within bounds, and can be repeated",
    "binary",
  ),
  promise("R-49", "Neither a close nor the host's death leaves a process behind", "binary"),
  promise("R-50", "No signal handler is installed"),
  promise("R-51", "After a close, nothing keeps the host process alive"),
  promise("R-52", "The process id and its exit are public"),
  promise("R-53", "An exit during the handshake is reported as one"),
  promise("R-54", "Starting has its own timeout"),
  promise("R-55", "The child's environment is merged, reduced or isolated as configured"),
  promise("R-56", "The server's home and settings can be set, encoded as TOML"),
  promise("R-57", "The documentation says that a writable folder becomes a trusted project"),
  promise(
    "R-59",
    "Resuming an open thread returns the same handle; a busy one fails with a typed error",
  ),
  // Threads
  promise("R-60", "Resuming omits the history, which is read page by page"),
  promise("R-61", "A missing thread is an error, never a new one"),
  promise("R-62", "Closing a thread unsubscribes"),
  promise("R-63", "A thread that the server closed is resumed once, if possible"),
  // Throughput
  promise("R-65", "A slow reader uses bounded memory and affects only itself"),
  promise("R-66", "A flood for other threads causes no loss in ours"),
  promise("R-67", "Notifications can be opted out of"),
  promise("R-68", "Memory stays flat over a million events"),
  // Drift
  promise("R-69", "Unknown methods, items, values and gaps are passed on"),
  promise("R-70", "Unknown values never count as success"),
  promise("R-71", "Generated types match the pinned binary"),
  promise(
    "R-72",
    "The server's version is reported, never refused; missing features cause typed errors",
    "binary",
  ),
  promise("R-73", "Models are listed to the last page, in order"),
  promise("R-74", "Null is read as absent, and undefined is never sent"),
  // Inputs and outputs
  promise("R-75", "A schema that strict mode refuses is reported before sending"),
  promise("R-76", "Results are validated by any Standard Schema or JSON Schema"),
  promise("R-77", "Images are bytes or paths; remote URLs only on request"),
  promise("R-78", "A result has usage, diff, plan, items and durations"),
  promise("R-79", "Logins are distinguished and can be cancelled"),
  promise("R-80", "Token refreshes are answered once and in time"),
  promise("R-81", "stdin stays open until close"),
  promise("R-82", "A missing folder and a missing binary are distinguished"),
  // Deno and JSR
  promise("R-83", "The package passes the registry's checks: publish, lint, docs"),
  promise("R-86", "Importing needs no permission; running needs only the documented ones"),
  // Results
  promise(
    "R-87",
    "Results, views and spans have the same items, with all that was streamed of them; errors that end a turn carry them",
  ),
  promise(
    "R-88",
    "The tokens of a turn are its own, also if it was interrupted or steered",
    "binary",
  ),
  promise(
    "R-89",
    "A result lists its hook runs, with the reason if one blocked the turn",
    "binary",
  ),
  promise(
    "R-90",
    "The streamed text reads well, and is the text of the result: separate, complete messages in order",
  ),
  // Options
  promise(
    "R-91",
    "Settings given to a resume are applied to a loaded thread, or refused",
    "binary",
  ),
  promise(
    "R-92",
    "A preset given to a turn drops nothing that the thread's sandbox had beside it",
    "binary",
  ),
  promise("R-93", "Unknown options are refused by name, with the one that was meant"),
  // Threads
  promise(
    "R-94",
    "A thread without a turn has no items and no turns, and that is no error",
    "binary",
  ),
  // Many readers
  promise(
    "R-95",
    "A request that is delivered again is handled once, under any id, also after its answer",
    "binary",
  ),
  promise(
    "R-96",
    "An onlooker leaves the requests that it does not handle to the other clients",
    "binary",
  ),
  promise("R-97", "A handle of a turn that somebody else started leaves it alone"),
  promise("R-98", "An external message starts or joins a turn, or is refused; it is never dropped"),
  // Older runtimes
  promise(
    "R-99",
    "An interrupt before a turn begins ends it, even right after an interrupted turn",
    "binary",
  ),
  // First contact
  promise("R-100", "Behind a proxy, quickstart, test kit and login issuer stay on loopback"),
  promise("R-101", "A turn without the login that it needs ends within seconds", "binary"),
  promise("R-102", "Tests, and tests that use the kit, do not depend on their surroundings"),
  promise("R-103", "In Electron, the binary is found beside the archive, never in it"),
  promise("R-104", "Importing constructs nothing, and values of other realms are accepted"),
  promise("R-105", "The test kit works while timers are faked", "binary"),
  promise("R-106", "An agent's text cannot hide or forge anything in a terminal"),
  // Reach
  promise(
    "R-107",
    "WebSocket and Unix socket: limits, pings, typed refusals, no plain text to other hosts",
    "binary",
  ),
  promise("R-108", "A lost connection loses, doubles, repeats and asks nothing twice", "binary"),
  promise(
    "R-109",
    "command() and ssh() quote, tell failures apart, notice a freeze and leave nothing behind",
  ),
  promise(
    "R-110",
    "A job goes on after its worker was killed, on another machine, with its files, and repeats no finished command",
    "binary",
  ),
  promise(
    "R-111",
    "A page reaches its own threads alone, sets what the server allows, and misses nothing",
    "binary",
  ),
  // Security of the way back, and robustness
  promise("R-112", "An approval of file changes shows every path that they touch, links resolved"),
  promise("R-113", "Secrets of MCP servers are not readable by commands of the agent"),
  promise("R-114", "Documented handlers and policies withstand an agent that wants around them"),
  promise("R-115", "Spans and diagnostics carry class and code, and texts only if asked by name"),
  promise("R-116", "approveReadOnly refuses what does not end or leaves the machine"),
  promise("R-117", "close() is bounded; exited and early streams tell how a start failed"),
  promise("R-118", "A reply that cannot be read is a typed error in every call"),
  promise("R-119", "Redaction knows the common tokens, cookies, and passwords in URLs"),
  // The AI SDK
  promise(
    "R-120",
    "Over the AI SDK a turn waits for tools and approvals, not for ever, and only its own asker can answer",
    "binary",
  ),
  // The page of the web example
  promise(
    "R-121",
    "A page shows what an agent says as text: none of it runs, loads or hides; keys and readers reach all",
  ),
];
