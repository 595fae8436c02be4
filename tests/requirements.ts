/** What the SDK promises against the bugs that every app-server client has met, as data: tests cite the ids. */

/** One promise. */
export interface Requirement {
  readonly id: string;
  readonly behaviour: string;
  /** The public issue that showed it, or `binary` for what the real binary was seen to do. */
  readonly source: string;
}

function promise(id: string, behaviour: string, source = "design"): Requirement {
  return { id, behaviour, source };
}

/** Every promise, in the order of its id. */
export const requirements: readonly Requirement[] = [
  // Framing and bytes
  promise(
    "R-01",
    "Only LF ends a frame; one CR before it goes; other line separators stay",
    "openai/codex#33617",
  ),
  promise("R-02", "UTF-8 survives any cut between chunks, on stdout and stderr", "codex-acp#345"),
  promise(
    "R-03",
    "No limit on a line unless set; long lines cost linear time and memory",
    "openai/codex#34863",
  ),
  promise("R-04", "A blank or broken line becomes a counted diagnostic, reading goes on"),
  promise("R-05", "stderr is drained into a bounded tail even when nobody listens"),
  promise("R-06", "An exit error has code, signal and the redacted end of stderr"),
  promise("R-07", "Lone surrogates are replaced before sending", "binary"),
  // JSON-RPC
  promise("R-08", "Ids may be strings or numbers, falsy ones too, and come back as they were"),
  promise("R-09", "A message's kind follows from its id and method, not from a version field"),
  promise("R-10", "Every request ends: reply, error, timeout, signal or close"),
  promise("R-11", "A start that was given up is undone when its reply comes late"),
  promise(
    "R-12",
    "Only the overload code is retried, with bounded, jittered waits",
    "openai/codex#46878",
  ),
  promise(
    "R-13",
    "After a close everything pending and later fails at once",
    "codex-plugin-cc#665",
  ),
  promise("R-14", "What arrived before an exit counts before the exit does"),
  promise("R-15", "A broken stdin pipe never becomes an uncaught exception"),
  promise("R-16", "A turn's start and end may arrive in any order, in one chunk"),
  // Turns
  promise("R-17", "An error that will be retried does not end a turn"),
  promise("R-18", "Events go by thread and turn: a sub-agent's never reach its parent"),
  promise("R-19", "A turn whose end was lost is read back or fails, typed", "openai/codex#28495"),
  promise("R-20", "A turn may have an idle limit that stands still while a person is asked"),
  promise("R-21", "Completed, interrupted and failed differ; a failure carries its details"),
  promise("R-22", "Items come from their events; a turn's own list only fills a gap"),
  promise("R-23", "The final answer is chosen by phase, never from commentary"),
  promise("R-24", "Items still open at a turn's end are closed and marked"),
  promise("R-25", "An item after the end of its turn goes to the thread and harms nothing"),
  promise(
    "R-26",
    "A second turn on a busy thread is rejected, queued or steers",
    "openai/codex#36866",
  ),
  promise("R-27", "Steering and interrupting fail with typed errors"),
  promise("R-28", "Interrupting twice, or too late, is fine and ends with the turn"),
  promise("R-29", "Every call takes a signal and rejects with its reason"),
  promise("R-30", "Leaving a stream early interrupts or detaches, and frees memory"),
  promise("R-31", "Several readers share one turn, late ones by a stated rule"),
  promise("R-32", "Turns that the server starts are handled; a goal pauses before it stops"),
  // The server asks
  promise("R-33", "Every request of the server gets exactly one answer, whatever the handler does"),
  promise("R-34", "Unasked, the answer is no; yes to all is a named choice"),
  promise("R-35", "A handler learns that its request is settled; a late answer is dropped"),
  promise("R-36", "A person has no time limit unless one is set"),
  promise("R-37", "The decisions that the server offers are shown and kept to"),
  promise("R-38", "Two requests about one item stay apart"),
  promise("R-39", "A handler that never answers holds up no other thread"),
  promise("R-40", "Every server request has a typed handler; the nearest level wins"),
  promise("R-41", "Tools are checked locally, contain their errors, and survive a resume"),
  promise("R-42", "A policy that was not set is not sent"),
  // Process and platform
  promise("R-43", "The native binary is found in stated places; failing that, all are listed"),
  promise("R-44", "No console window opens on Windows"),
  promise("R-46", "Compiled and bundled programs work with an explicit path"),
  promise("R-47", "Nothing is started through the host's own executable"),
  promise(
    "R-48",
    "Closing goes step by step to a kill, within bounds, any number of times",
    "binary",
  ),
  promise("R-49", "Neither a close nor the host's death leaves a process behind", "binary"),
  promise("R-50", "No signal handler is installed"),
  promise("R-51", "After a close nothing keeps the host's process alive"),
  promise("R-52", "The process id and its exit are public"),
  promise("R-53", "An exit during the handshake is reported as one"),
  promise("R-54", "Starting has a time limit of its own"),
  promise("R-55", "The child's environment is merged, cut down or isolated as told"),
  promise("R-56", "The runtime's home and its settings can be given, encoded as TOML"),
  promise("R-57", "That a writable folder becomes a trusted project is documented"),
  promise("R-59", "Resuming a held thread gives the same handle; a busy one fails, typed"),
  // Threads
  promise("R-60", "Resuming leaves history out; it is read page by page"),
  promise("R-61", "A missing thread is an error, never a new one"),
  promise("R-62", "Closing a thread unsubscribes"),
  promise("R-63", "A thread that the server closed is resumed once, if it can be"),
  // Throughput
  promise("R-65", "A slow reader costs bounded memory and only itself"),
  promise("R-66", "A flood for other threads loses nothing of ours"),
  promise("R-67", "Notifications can be opted out of"),
  promise("R-68", "A million events leave memory flat"),
  // Drift
  promise("R-69", "Unknown methods, items, values and gaps are passed on"),
  promise("R-70", "What is unknown never counts as a success"),
  promise("R-71", "Generated types match the pinned binary"),
  promise("R-72", "The server's version is shown, never refused; what it lacks is typed", "binary"),
  promise("R-73", "Models are listed to the last page, in order"),
  promise("R-74", "Null reads like absent, and undefined is never sent"),
  // Inputs and outputs
  promise("R-75", "A schema that strict mode refuses is reported before sending"),
  promise("R-76", "Results are validated by any Standard Schema or JSON Schema"),
  promise("R-77", "Images come as bytes or paths; remote addresses only on request"),
  promise("R-78", "A result has usage, diff, plan, items and durations"),
  promise("R-79", "Logins are told apart and can be cancelled"),
  promise("R-80", "Token refreshes are answered in time, and once"),
  promise("R-81", "stdin stays open until the close"),
  promise("R-82", "A missing folder and a missing binary are told apart"),
  // Deno and JSR
  promise("R-83", "The package passes the registry's checks: publish, lint, docs"),
  promise("R-86", "Importing needs no permission; running needs the documented few"),
  // Older runtimes
  promise(
    "R-99",
    "An interrupt before a turn begins ends it, also right after an interrupted turn",
    "binary",
  ),
  // First contact
  promise("R-100", "Behind a proxy, quickstart, test kit and login issuer stay on loopback"),
  promise("R-102", "Tests, and tests that use the kit, do not depend on what lies around them"),
];
