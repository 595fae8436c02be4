/** What the scripted model does in the web example: it answers by what it was asked. */
import { setTimeout } from "node:timers";
import {
  deltas,
  functionCall,
  type Gate,
  gate,
  message,
  type MessageStep,
  rawEvent,
  reasoning,
  type RecordedRequest,
  type ResponseStep,
  shellCommand,
  usage,
} from "@codex-app-server/sdk/testing";

type Step = () => readonly ResponseStep[];

/** Milliseconds between two pieces of a text. */
const PIECE_MS = 25;

/** The conversations, by a word of the request; each step answers one request of a turn. */
const SESSIONS: readonly (readonly [word: RegExp, steps: readonly Step[]])[] = [
  [/explain/i, [
    () => [
      reasoning("**Looking around**\n\nThe folder is small. I read the file before I explain it."),
      slowly("I will look at the file first."),
      shellCommand("cat greeting.ts"),
    ],
    () => [slowly(EXPLANATION), usage({ inputTokens: 2_140, outputTokens: 180 })],
  ]],
  [/farewell|greeting/i, [
    () => [plan("inProgress", "pending", "pending"), shellCommand("cat greeting.ts")],
    () => [
      plan("completed", "inProgress", "pending"),
      shellCommand(PATCH),
      usage({ inputTokens: 3_020, outputTokens: 260 }),
    ],
    () => [
      plan("completed", "completed", "completed"),
      shellCommand("grep -c farewell greeting.ts"),
    ],
    () => [
      slowly("There is a `farewell()` now, next to `greeting()`. Both take a **name**."),
      usage({ inputTokens: 3_400, outputTokens: 40 }),
    ],
  ]],
  [/test/i, [
    () => [
      slowly("The tests need a folder outside of the workspace."),
      shellCommand(TESTS, { escalate: "The tests write their report into a folder outside." }),
    ],
    (): readonly ResponseStep[] => [
      slowly("| test | result |\n| --- | --- |\n| greets | passed |\n| waves | passed |\n"),
      usage({ inputTokens: 2_600, outputTokens: 60 }),
    ],
  ]],
  [/ask|language/i, [
    () => [functionCall("request_user_input", { questions: [QUESTION] })],
    () => [slowly("Thank you. I will greet in that language.")],
  ]],
  [/agent/i, [
    () => [spawn("Count the files of this folder.")],
    () => [slowly("A sub-agent counts.")],
  ]],
];

/** Answers a request to the model. */
export function respond(request: RecordedRequest): readonly ResponseStep[] {
  if (isChild(request)) return [message("One file.")];
  const asked = request.lastUserText() ?? "";
  if (asked.startsWith("<subagent_notification>")) return [slowly("It says: there is *one* file.")];
  const steps = SESSIONS.find(([word]) => word.test(asked))?.[1];
  if (steps === undefined) {
    return [slowly(`You said: ${asked}\n\nI only know what the buttons of a new thread ask.`)];
  }
  const step = steps[Math.min(outputsSince(request), steps.length - 1)];
  return step?.() ?? [message("That was all.")];
}

/** How many tools have run since the last message of the person. */
function outputsSince({ inputItems }: RecordedRequest): number {
  const from = inputItems.findLastIndex(({ type, role }) => type === "message" && role === "user");
  const calls = inputItems.slice(from).filter(({ type }) => type === "function_call");
  // A plan goes with the call that follows it.
  return calls.filter(({ name }) => name !== "update_plan").length;
}

function isChild({ headers }: RecordedRequest): boolean {
  const metadata: unknown = JSON.parse(headers["x-codex-turn-metadata"] ?? "{}");
  return (metadata as { readonly parent_thread_id?: string }).parent_thread_id !== undefined;
}

/** A message whose words come one after another. */
function slowly(text: string): MessageStep {
  const words = text.split(/(?<=\s)/);
  const parts: (string | Gate)[] = words.flatMap((word, at) => {
    if (at === 0) return [word];
    const pause = gate();
    setTimeout(() => pause.open(), PIECE_MS * at).unref();
    return [pause, word];
  });
  return deltas(parts);
}

function plan(...statuses: readonly string[]): ResponseStep {
  const steps = ["Read the greeting", "Add a farewell", "See that it is there"];
  const list = steps.map((step, at) => ({
    step,
    status: statuses[at]?.replace("inProgress", "in_progress"),
  }));
  return functionCall("update_plan", { plan: list });
}

function spawn(text: string): ResponseStep {
  const call = { type: "function_call", call_id: "spawn", name: "spawn_agent" };
  const item = {
    ...call,
    namespace: "multi_agent_v1",
    arguments: JSON.stringify({ message: text }),
  };
  return rawEvent({ type: "response.output_item.done", item });
}

/** The file that the workspace begins with. */
export const GREETING = `/** Greets a person. */
export function greeting(name: string): string {
  return \`Hello, \${name}!\`;
}
`;

const PATCH = `apply_patch <<'EOF'
*** Begin Patch
*** Update File: greeting.ts
@@
 export function greeting(name: string): string {
-  return \`Hello, \${name}!\`;
+  return \`Good day, \${name}!\`;
 }
+
+/** Says goodbye to a person. */
+export function farewell(name: string): string {
+  return \`Goodbye, \${name}!\`;
+}
*** End Patch
EOF`;

const TESTS = `for name in greets waves bows; do
  echo "running $name"
  sleep 0.7
  printf '\\033[32mok\\033[0m %s\\n' "$name"
done`;

const QUESTION = {
  id: "language",
  header: "Language",
  question: "In which language shall I greet?",
  options: [
    { label: "English", description: "Hello" },
    { label: "French", description: "Bonjour" },
    { label: "Turkish", description: "Merhaba" },
  ],
};

const EXPLANATION = `The file has **one** function:

\`\`\`ts
/** Greets a person. */
export function greeting(name: string): string {
  return \`Hello, \${name}!\`;
}
\`\`\`

1. It takes the name of a person.
2. It puts the name into a [template literal](https://developer.mozilla.org/docs/Web/JavaScript/Reference/Template_literals).
3. It returns the whole sentence.

> It neither trims the name nor checks that there is one.
`;
