/** What the Python SDK's tests prove, and the tests that prove the same here, as data: `deno task parity` makes the table. */

/** One behaviour. */
export interface ParityBehaviour {
  readonly behaviour: string;
  /** The names of the tests, without the ids at their ends; none yet when empty. */
  readonly tests: readonly string[];
}

/** The behaviours by their area. */
export const parity: Readonly<Record<string, readonly ParityBehaviour[]>> = {
  "Run": [
    {
      behaviour: "A run gives text, items and usage, from one request with the model and the text",
      tests: ["thread.run gives final text, items and usage from one model request"],
    },
    {
      behaviour: "The model of one run, and its token counts, cross the boundary",
      tests: ["thread.run takes a model for one run and tells that run's usage"],
    },
    {
      behaviour: "Of two messages without a phase the last is the final one",
      tests: ["thread.run takes the last of two messages without a phase as final"],
    },
    {
      behaviour: "An empty last message stays an empty text",
      tests: ["thread.run keeps an empty last message as an empty text"],
    },
    {
      behaviour: "Commentary alone is no final answer",
      tests: ["thread.run takes no commentary for the final answer"],
    },
    {
      behaviour: "The phases of messages survive",
      tests: ["thread.run keeps the phase of each message"],
    },
    {
      behaviour: "A failed turn raises with the server's message",
      tests: ["thread.run rejects with the server's message when the turn fails"],
    },
  ],
  "Streaming": [
    {
      behaviour: "Each delta comes, then one completed message and one completed turn",
      tests: ["turn.stream gives each delta, one completed message and one completed turn"],
    },
    {
      behaviour: "Waiting on the handle gives the completed turn",
      tests: ["turn.stream, textStream and run work at once and give a late reader what it missed"],
    },
    {
      behaviour: "Another request finishes while a stream is open",
      tests: ["codex.request finishes while a stream is open"],
    },
    {
      behaviour: "Turns of two threads, read alternately, see only their own events",
      tests: ["turns of two threads read alternately see only their own events"],
    },
  ],
  "Controls": [
    {
      behaviour: "A steer keeps the turn, makes a second request and adds to the same stream",
      tests: ["turn.steer adds input to the same turn and makes a second model request"],
    },
    {
      behaviour: "An interrupted turn is no error, and the next run works",
      tests: ["turn.interrupt ends the turn as interrupted, and the next run works"],
    },
  ],
  "Lifecycle": [
    {
      behaviour: "A name that was set is read back",
      tests: ["thread.setName is what thread.read and thread.name give back"],
    },
    {
      behaviour: "Threads are listed with and without the archived ones",
      tests: ["Codex.threadList lists by archived true and false"],
    },
    {
      behaviour: "Reading with turns gives the messages in order",
      tests: ["thread.read with turns gives the user's and the agent's messages in order"],
    },
    {
      behaviour: "Run, name, read, resume, fork, archive, unarchive: ids stay, a fork's is new",
      tests: ["Codex threads live through run, name, read, resume, fork, archive and unarchive"],
    },
    {
      behaviour: "Only a thread that is stored can be archived",
      tests: ["Codex.threadArchive works only for what is stored"],
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
      behaviour:
        "A remote image: the runtime refuses addresses, so the SDK fetches it when told to",
      tests: ["a remote image is refused with the reason, or fetched by the SDK when told"],
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
      behaviour: "The mode given to a turn stays until another one is given",
      tests: ["thread.run with a mode changes the thread's settings until they are overridden"],
    },
  ],
  "Login": [
    {
      behaviour: "After a login by API key the model requests carry it",
      tests: ["Codex.loginApiKey authenticates the model requests after it"],
    },
    {
      behaviour: "The account then reads as one of an API key, and a logout clears it",
      tests: ["Codex.account reads apiKey after loginApiKey, and logout clears it"],
    },
    {
      behaviour: "A cancelled browser login says so, and its waiter gets its failed completion",
      tests: [
        "LoginHandle.cancel of a browser login answers canceled, and wait gives its failed completion",
      ],
    },
    {
      behaviour: "An attempt that was replaced completes its own waiter only",
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
      behaviour: "A completion that comes early is given to who waits later",
      tests: [
        "LoginHandle.wait gives a completion that came before it was called",
        "LoginHandle.wait gives a completion that came before the start's reply",
      ],
    },
  ],
  "Goals": [
    {
      behaviour: "The continuations of a goal are one logical turn with summed usage",
      tests: [
        "Thread.turn with goal makes automatic continuations one turn: one start, one end, one id",
      ],
    },
    {
      behaviour: "A goal may end inside its first turn",
      tests: ["Thread.run with goal ends inside the first turn when the goal does"],
    },
    {
      behaviour: "A goal that exists is replaced",
      tests: ["Thread.run with goal replaces the goal that the thread has"],
    },
    {
      behaviour: "A steer reaches the continuation that runs",
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
        "Thread.run with goal keeps the status blocked that the model gives",
        "Thread.run with goal rejects with the status usageLimited of the goal",
        "Thread.run with goal ends as budgetLimited at its tokenBudget",
      ],
    },
    {
      behaviour: "Closing the stream frees the routing",
      tests: ["Leaving the stream of a goal early pauses it and frees the thread"],
    },
    {
      behaviour: "An exit of the runtime ends the goal with TransportClosedError",
      tests: ["The exit of the runtime ends a turn with a goal with TransportClosedError"],
    },
    {
      behaviour: "A bad objective is refused before any model request",
      tests: [
        "Thread.run with goal refuses bad objectives and ephemeral threads before any model request",
        "Thread.turn with goal is refused while a turn runs, and holds the thread between turns",
      ],
    },
    {
      behaviour: "Where goals are turned off the error says so",
      tests: ["Thread.run with goal rejects with GoalsDisabledError when goals are disabled"],
    },
  ],
  "Router (unit)": [
    {
      behaviour: "Early events are replayed when their turn is registered",
      tests: ["Sessions replay what came for a turn before its reply, in order"],
    },
    {
      behaviour: "Notifications of unknown methods are routed by their ids",
      tests: ["TurnHandle delivers what it does not know and survives what is missing"],
    },
    {
      behaviour: "A payload that is not valid does not stop the reader",
      tests: [
        "Codex.notifications delivers notifications of any shape",
        "RpcConnection reports and counts malformed messages, and reads on",
      ],
    },
    {
      behaviour: "The order within a turn is kept",
      tests: ["TurnHandle loses nothing and never hangs in any order of reply and events"],
    },
    {
      behaviour: "A failure of the transport wakes everyone",
      tests: ["Codex settles everything open with one TransportClosedError when the server exits"],
    },
  ],
  "Client": [
    {
      behaviour: "An initialization that fails closes the process",
      tests: [
        "Codex can be started again after a start that failed, and the failed one is closed",
        "Codex.start gives up after startupTimeoutMs and leaves no process behind",
      ],
    },
    {
      behaviour: "Many first calls at once make one initialization",
      tests: ["new Codex starts its server on first use, once for many callers"],
    },
    {
      behaviour: "Options become the right values on the wire",
      tests: [
        "Codex.threadStart passes the wire's own options on, and keeps the request's to itself",
        "Thread.turn passes its options on in the wire's words",
      ],
    },
    {
      behaviour: "Every public symbol is documented",
      tests: ["the package documents all it exports"],
    },
    {
      behaviour: "What the entry points export is pinned",
      tests: ["the entry points export what is pinned, and no constructor takes a private type"],
    },
    {
      behaviour: "The examples import public modules only",
      tests: ["the examples import public modules only"],
    },
    {
      behaviour: "The version of the package is the one that the client tells",
      tests: ["the client tells the version of the package"],
    },
  ],
  "Release (unit)": [
    {
      behaviour: "The generation of the types is deterministic",
      tests: [
        "generate writes the same bytes each time, and leaves foreign files alone",
        "findDrift finds none: src/generated is what the pinned binary says",
      ],
    },
    {
      behaviour: "The versions of the SDK and of the runtime are pinned to each other",
      tests: [
        "the Codex that is pinned, locked, installed, looked for and spoken with is one",
        "the package has a version that belongs to its runtime",
        "stageSdk refuses a runtime of another version, and leaves nothing behind",
      ],
    },
    {
      behaviour: "There is a runtime package for each platform, with its executable",
      tests: [
        "findRuntime picks the executable of the platform and architecture",
        "package-lock.json has an entry for every platform's package, as npm ci demands",
        "stageRuntime makes the package of the installed runtime, with all its helpers",
        "stageRuntime takes a platform's folder alone, and gives back lost executable bits",
      ],
    },
    {
      behaviour: "Versions of the runtime's releases are normalised",
      tests: ["releaseVersion reads the version in the names of releases, and refuses others"],
    },
  ],
};
