/** What the Python SDK's tests prove, and the tests that prove the same here: `deno task parity` writes the table. */

/** One behaviour. */
export interface ParityBehaviour {
  readonly behaviour: string;
  /** The names of the tests, without trailing ids; empty if there is none yet. */
  readonly tests: readonly string[];
}

/** The behaviours, by area. */
export const parity: Readonly<Record<string, readonly ParityBehaviour[]>> = {
  "Run": [
    {
      behaviour:
        "A run returns text, items and usage, from one request with the model and the text",
      tests: ["thread.run returns final text, items and usage from one model request"],
    },
    {
      behaviour: "The model for a run is sent, and its token counts are returned",
      tests: ["thread.run accepts a model for one run and reports that run's usage"],
    },
    {
      behaviour: "Of two messages without a phase, the last is final",
      tests: ["thread.run uses the last of two messages without a phase as final"],
    },
    {
      behaviour: "An empty last message stays an empty string",
      tests: ["thread.run keeps an empty last message as an empty string"],
    },
    {
      behaviour: "Commentary alone is not a final answer",
      tests: ["thread.run never uses commentary as the final answer"],
    },
    {
      behaviour: "The phases of messages are kept",
      tests: ["thread.run keeps the phase of each message"],
    },
    {
      behaviour: "A failed turn raises with the server's message",
      tests: ["thread.run rejects with the server's message when the turn fails"],
    },
  ],
  "Streaming": [
    {
      behaviour: "A stream yields each delta, one completed message and one completed turn",
      tests: ["turn.stream yields each delta, one completed message and one completed turn"],
    },
    {
      behaviour: "Waiting on the handle returns the completed turn",
      tests: [
        "turn.stream, textStream and run work concurrently, and a late reader gets what it missed",
      ],
    },
    {
      behaviour: "Another request finishes while a stream is open",
      tests: ["codex.request finishes while a stream is open"],
    },
    {
      behaviour: "Turns of two threads, read alternately, see only their own events",
      tests: ["turns of two threads, read alternately, see only their own events"],
    },
  ],
  "Controls": [
    {
      behaviour: "A steer keeps the turn, makes a second request and continues the same stream",
      tests: ["turn.steer adds input to the same turn and makes a second model request"],
    },
    {
      behaviour: "An interrupted turn is not an error, and the next run works",
      tests: ["turn.interrupt ends the turn as interrupted, and the next run works"],
    },
  ],
  "Added in 0.163": [
    {
      behaviour: "An external message is the whole input of a turn, and starts one or joins it",
      tests: [
        "an external message starts a turn and joins a running one on the real binary",
        "externalMessage is refused where it cannot be sent, and nothing is sent",
        "example 23 has a mail start a turn, and another join the running one",
      ],
    },
    {
      behaviour: "A second turn joins the running one, here with whenBusy",
      tests: ["thread.run with whenBusy rejects, queues or steers on the real binary"],
    },
    {
      behaviour: "A turn that already runs can get a handle, and leaving it lets the turn continue",
      tests: [
        "thread.activeTurn finds a turn that the handle has not started, and leaves it running",
      ],
    },
    {
      behaviour: "Resuming and forking return the stored turns if they are asked for",
      tests: ["includeTurns of a resume and a fork returns the stored turns with the thread"],
    },
    {
      behaviour: "A turn can have its own trigger and service tier, and a list its section",
      tests: [
        "turnTrigger and serviceTierForTurn hold for one turn, and sectionId lists a section",
      ],
    },
    {
      behaviour: "A field that an older runtime ignores is reported, here to onDiagnostic",
      tests: [
        "ProtocolConnection.request reports each field that an older runtime ignores, once",
        "Codex.threadList reports an option that the runtime ignores to onDiagnostic",
      ],
    },
    {
      behaviour: "Errors whose data names the overload of the server are retried",
      tests: ["isRetryableError is true only for -32001 and for data that names the overload"],
    },
    {
      behaviour: "Part of each delay between attempts is random, here by default the whole of it",
      tests: ["retryOnOverload waits a random part of a doubling, bounded delay"],
    },
    {
      behaviour: "The workspace sandbox is also called workspaceWrite",
      tests: ["a sandbox with network keeps it when a turn names the preset"],
    },
  ],
  "Different from Python, on purpose": [
    {
      behaviour: "Without a handler, an escalated command is declined; Python runs it",
      tests: ["an approval without a handler is declined, and the turn continues"],
    },
    {
      behaviour: "A run right after a compaction works; in Python it fails",
      tests: ["thread.compact makes a second model request, and ends with it"],
    },
    {
      behaviour: "The code -32001 (server overloaded) is retried; Python gives up",
      tests: ["isRetryableError is true only for -32001 and for data that names the overload"],
    },
    {
      behaviour: "After a kill, every call and close() keep the cause; Python hides it",
      tests: ["a killed server rejects everything with one error, also after close"],
    },
    {
      behaviour:
        "Missing, fresh, archived and busy threads have errors of their own; in Python, generic ones",
      tests: [
        "Codex.threadResume distinguishes unknown, fresh and busy threads",
        "Codex threads support run, name, read, resume, fork, archive and unarchive",
      ],
    },
  ],
  "Lifecycle": [
    {
      behaviour: "A name that was set can be read",
      tests: ["thread.setName sets what thread.read and thread.name return"],
    },
    {
      behaviour: "Threads are listed with and without archived ones",
      tests: ["Codex.threadList lists by archived true and false"],
    },
    {
      behaviour: "Reading with turns returns the messages in order",
      tests: ["thread.read with turns returns the user's and the agent's messages in order"],
    },
    {
      behaviour:
        "Run, name, read, resume, fork, archive, unarchive: ids stay, and a fork has a new one",
      tests: ["Codex threads support run, name, read, resume, fork, archive and unarchive"],
    },
    {
      behaviour: "Only stored threads can be archived",
      tests: ["Codex.threadArchive works only for stored threads"],
    },
    {
      behaviour: "The models are listed",
      tests: ["Codex.models lists the real binary's models"],
    },
    {
      behaviour: "Compacting makes a second model request",
      tests: ["thread.compact makes a second model request, and ends with it"],
    },
  ],
  "Inputs": [
    {
      behaviour: "A remote image: the runtime refuses URLs, so the SDK fetches it on request",
      tests: ["a remote image is refused with the reason, or fetched by the SDK on request"],
    },
    {
      behaviour: "A local PNG becomes a data URL in the model request",
      tests: ["a local PNG becomes a data URL in the model request"],
    },
    {
      behaviour: "The body of a skill is given to the model",
      tests: ["a skill's body is injected into the model request"],
    },
  ],
  "Approvals": [
    {
      behaviour: "Resuming and forking inherit deny-all, and a fork can override it",
      tests: ["Codex.threadResume and threadFork inherit deny-all, and a fork can override it"],
    },
    {
      behaviour: "The mode given to a turn applies until another one is given",
      tests: ["thread.run with a mode changes the thread's settings until they are overridden"],
    },
  ],
  "Login": [
    {
      behaviour: "After a login by API key, model requests carry the key",
      tests: ["Codex.loginApiKey authenticates later model requests"],
    },
    {
      behaviour: "The account is then an API key account, and a logout clears it",
      tests: ["Codex.account returns apiKey after loginApiKey, and logout clears it"],
    },
    {
      behaviour: "Cancelling a browser login is confirmed, and its waiter gets a failed completion",
      tests: [
        "LoginHandle.cancel of a browser login returns canceled, and wait returns its failed completion",
      ],
    },
    {
      behaviour: "A replaced attempt completes only its own waiter",
      tests: [
        "LoginHandle.wait of a replaced browser login sees only its own attempt",
        "LoginHandle.wait of a replaced device code sees only its own attempt",
      ],
    },
    {
      behaviour: "A login by tokens authenticates the next request",
      tests: ["Codex.loginChatgptTokens authenticates the next request"],
    },
    {
      behaviour: "An early completion is kept for a later waiter",
      tests: [
        "LoginHandle.wait resolves with a completion that arrived before the call",
        "LoginHandle.wait resolves with a completion that arrived before the start's reply",
      ],
    },
  ],
  "Goals": [
    {
      behaviour: "The continuations of a goal are one logical turn with summed usage",
      tests: [
        "Thread.turn with goal combines automatic continuations into one turn: one start, one end, one id",
      ],
    },
    {
      behaviour: "A goal may end within its first turn",
      tests: ["Thread.run with goal ends within the first turn if the goal does"],
    },
    {
      behaviour: "An existing goal is replaced",
      tests: ["Thread.run with goal replaces an existing goal"],
    },
    {
      behaviour: "A steer reaches the running continuation",
      tests: ["TurnHandle.steer reaches the active continuation of a goal"],
    },
    {
      behaviour: "An interrupt pauses the goal, and the thread stays usable",
      tests: [
        "TurnHandle.interrupt pauses a goal, interrupts its turn, and leaves the thread usable",
      ],
    },
    {
      behaviour: "Blocked and limited goals keep their status",
      tests: [
        "Thread.run with goal keeps the model's status blocked",
        "Thread.run with goal rejects if the goal is usageLimited",
        "Thread.run with goal ends as budgetLimited at its tokenBudget",
      ],
    },
    {
      behaviour: "Closing the stream releases the routing",
      tests: ["leaving the stream of a goal early pauses it and frees the thread"],
    },
    {
      behaviour: "An exit of the runtime ends the goal with TransportClosedError",
      tests: ["a turn with a goal rejects with TransportClosedError when the server exits"],
    },
    {
      behaviour: "A bad objective is refused before any model request",
      tests: [
        "Thread.run with goal refuses bad objectives and ephemeral threads before any model request",
        "Thread.turn with goal is refused during a turn, and keeps the thread busy between turns",
      ],
    },
    {
      behaviour: "If goals are disabled, the error says so",
      tests: ["Thread.run with goal rejects with GoalsDisabledError when goals are disabled"],
    },
  ],
  "Router (unit)": [
    {
      behaviour: "Early events are replayed when their turn is registered",
      tests: ["Sessions replay what arrived for a turn before its reply, in order"],
    },
    {
      behaviour: "Notifications with unknown methods are routed by their ids",
      tests: ["TurnHandle delivers unknown notifications and survives missing fields"],
    },
    {
      behaviour: "An invalid payload does not stop the reader",
      tests: [
        "Codex.notifications delivers notifications of any shape",
        "RpcConnection reports and counts malformed messages, and reads on",
      ],
    },
    {
      behaviour: "Order within a turn is kept",
      tests: ["TurnHandle loses nothing and never hangs in any order of reply and events"],
    },
    {
      behaviour: "A transport failure wakes everyone",
      tests: [
        "Codex rejects everything pending with TransportClosedError when the server exits",
      ],
    },
  ],
  "Client": [
    {
      behaviour: "A failed initialization closes the process",
      tests: [
        "Codex can be started again after a failed start, and the failed one is closed",
        "Codex.start times out after startupTimeoutMs and leaves no process behind",
      ],
    },
    {
      behaviour: "Concurrent first calls cause one initialization",
      tests: ["new Codex starts its server on first use, once for all callers"],
    },
    {
      behaviour: "Options are sent as the right protocol values",
      tests: [
        "Codex.threadStart passes protocol options on, and does not send request options",
        "Thread.turn sends its options as protocol fields",
      ],
    },
    {
      behaviour: "Every public symbol is documented",
      tests: ["the package documents all exports"],
    },
    {
      behaviour: "The exports of the entry points are pinned",
      tests: ["the entry points export what is pinned"],
    },
    {
      behaviour: "The examples import public modules only",
      tests: ["the examples import only public modules"],
    },
    {
      behaviour: "The client reports the version of the package",
      tests: ["the client reports the version of the package"],
    },
  ],
  "Release (unit)": [
    {
      behaviour: "Type generation is deterministic",
      tests: [
        "deno task generate writes the same bytes each time",
        "deno task generate --check finds src/generated as the pinned binary has it",
      ],
    },
    {
      behaviour: "The versions of the SDK and the runtime are pinned to each other",
      tests: [
        "the pinned, locked, installed, searched and supported Codex versions are the same",
        "the package has a version that belongs to its runtime",
        "stageSdk rejects a runtime of another version, and leaves nothing behind",
      ],
    },
    {
      behaviour: "Each platform has a runtime package with its executable",
      tests: [
        "findRuntime picks the executable of the platform and architecture",
        "package-lock.json has an entry for every platform's package, as npm ci requires",
        "stageRuntime packages the installed runtime with all its helpers",
        "stageRuntime accepts a platform's folder by itself, and restores lost executable bits",
      ],
    },
    {
      behaviour: "Version names of runtime releases are normalised",
      tests: ["releaseVersion reads the version in the names of releases, and refuses others"],
    },
  ],
};
