/** What the scripted model says in each example: one `enqueue()` for each request to the model. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  deltas,
  failed,
  functionCall,
  type FunctionCallStep,
  gate,
  message,
  rawEvent,
  reasoning,
  type RecordedRequest,
  type Respond,
  type ScriptedModel,
  shellCommand,
  usage,
} from "@codex-app-server/sdk/testing";

/** The setup of the model for one example. */
export interface Conversation {
  /** The response to requests after the end of the script. */
  readonly respond?: Respond;
  readonly script?: (scripted: ScriptedModel) => void | Promise<void>;
}

const final = { phase: "final_answer" } as const;
const commentary = { phase: "commentary" } as const;

/** The conversations, by file name of the example. */
export const conversations: Readonly<Record<string, Conversation>> = {
  "01_quickstart": {
    script({ model }): void {
      model.enqueue(
        message("I will look at the folder first. ", commentary),
        shellCommand("pwd; date +%Y; touch notes.txt || echo 'nothing was written'"),
        usage({ inputTokens: 120, outputTokens: 30 }),
      );
      model.enqueue(
        deltas(
          ["The folder ", "is empty, ", "and the sandbox ", "kept me from ", "writing into it."],
          final,
        ),
        usage({ inputTokens: 180, outputTokens: 20 }),
      );
    },
  },

  "02_turn_run": {
    script({ model }): void {
      model.enqueue(
        message("I count the files. ", commentary),
        shellCommand("ls | wc -l"),
        usage({ inputTokens: 90, outputTokens: 15 }),
      );
      model.enqueue(message("There is no file here.", final), usage({ inputTokens: 120 }));
    },
  },

  "03_stream_events": {
    script({ model }): void {
      model.enqueue(
        reasoning("A shell can add. ", "I use it."),
        shellCommand("echo $((17 + 25))"),
        usage({ inputTokens: 100, outputTokens: 40, reasoningOutputTokens: 25 }),
      );
      model.enqueue(
        deltas(["17 and 25 ", "make ", "42."], final),
        usage({ inputTokens: 150, outputTokens: 10 }),
      );
    },
  },

  "05_existing_thread": {
    script({ model }): void {
      model.enqueue(message("I will remember it: heron.", final));
      // The second process sends the history of the first, where the model finds the answer.
      model.enqueueFor(
        ({ body }) => JSON.stringify(body).includes("heron"),
        message("The word was heron.", final),
      );
    },
  },

  "06_thread_lifecycle_and_controls": {
    script({ model }): void {
      model.enqueueFor("number", message("Noted: seven.", final));
      model.enqueueFor("Double", message("Fourteen.", final));
      model.enqueue(message("They talked about the number seven."));
    },
  },

  "07_image_and_text": {
    script({ model }): void {
      model.enqueue(message("Red and blue squares, like a tiny chessboard.", final));
    },
  },

  "08_local_image_and_text": {
    script({ model }): void {
      model.enqueue(message("Two colours: red and blue.", final));
    },
  },

  "09_eager_and_lazy_start": {
    script({ model }): void {
      model.enqueueFor("sky", message("Blue.", final));
      model.enqueueFor("grass", message("Green.", final));
    },
  },

  "10_error_handling_and_retry": {
    script({ model }): void {
      const quota = failed({ code: "insufficient_quota", message: "pay first" });
      model.enqueueFor("a joke", quota);
      model.enqueueFor("a long story", deltas(["Once ", "upon ", gate()]));
      const overloaded = failed({ code: "server_is_overloaded", message: "try again later" });
      model.enqueueFor("a poem", overloaded);
      model.enqueueFor("a poem", message("Roses are red.", final));
    },
  },

  "11_cli_mini_app": {
    respond: (request) => [message(`You said: ${request.lastUserText()}`, final)],
    script({ model }): void {
      model.enqueueFor(
        "notes",
        deltas(["I will look ", "around first."], commentary),
        shellCommand("sleep 0.4; ls -A | wc -l"),
      );
      model.enqueueFor(
        "notes",
        message("There is nothing yet. I make a folder.", commentary),
        shellCommand("mkdir notes && echo made", { escalate: "The notes need a folder" }),
      );
      model.enqueueFor("notes", patch("*** Add File: notes.md", "+# Notes", "+", "+- gears"));
      model.enqueueFor(
        "notes",
        deltas(["Your notes ", "are in ", "`notes.md`."], final),
        usage({ inputTokens: 300, outputTokens: 60 }),
      );
      model.enqueueFor("count", deltas(["one, ", "two, ", "three ", gate()]));
    },
  },

  "12_turn_params_kitchen_sink": {
    script({ model }): void {
      const answer = { title: "Two gears", risk: "low", steps: ["measure", "cut", "fit"] };
      model.enqueue(
        reasoning("A short plan is enough."),
        message(JSON.stringify(answer), final),
        usage({ inputTokens: 210, outputTokens: 45, reasoningOutputTokens: 20 }),
      );
    },
  },

  "13_model_select_and_turn_params": {
    script({ model }): void {
      model.enqueueFor("in one word", message("Quickly.", final));
      model.enqueueFor("in one sentence", message("It takes all the time it needs.", final));
      model.enqueueFor("once more", message("As before.", final));
    },
  },

  "14_turn_controls": {
    script({ model }): void {
      // The model waits at a gate that nobody opens, until a steer or an interrupt ends the wait.
      model.enqueueFor("Count", deltas(["one, ", "two, ", gate()]));
      model.enqueueFor("letters", deltas(["a, ", "b, ", "c."], final));
      model.enqueueFor("never stop", deltas(["on ", "and on ", gate()]));
      model.enqueueFor("still there", message("Yes.", final));
    },
  },

  "15_login_and_account": {
    script({ model }): void {
      model.enqueue(message("Hello, whoever pays.", final));
    },
  },

  "16_goal_turns": {
    script({ model }): void {
      // A turn without `update_goal` is followed by another.
      model.enqueue(message("A heron stands,"), usage({ inputTokens: 50, outputTokens: 5 }));
      model.enqueue(message("the river goes,"), usage({ inputTokens: 60, outputTokens: 5 }));
      model.enqueue(
        functionCall("update_goal", { status: "complete" }),
        usage({ inputTokens: 70, outputTokens: 5 }),
      );
      model.enqueue(
        message("and nothing hurries.", final),
        usage({ inputTokens: 80, outputTokens: 5 }),
      );
    },
  },

  "17_approvals_at_the_prompt": {
    respond: (request) => {
      const [answer = "not asked"] = /short|long/.exec(outputs(request)) ?? [];
      return [deltas(["Your plan ", `(${answer}) `, "is in `notes`."], final)];
    },
    script({ model }): void {
      const path = "notes/plan.md";
      const options = [
        { label: "short", description: "three lines" },
        { label: "long", description: "a page" },
      ];
      const question = { id: "length", header: "Length", question: "How long?", options };
      model.enqueue(
        message("I make the folder.", commentary),
        shellCommand("mkdir notes", { escalate: "The plan needs a folder" }),
      );
      model.enqueue(functionCall("request_user_input", { questions: [question] }));
      model.enqueue(patch(`*** Add File: ${path}`, "+# Plan", "+", "+- dig"));
      model.enqueue(patch(`*** Update File: ${path}`, "@@", " ", " - dig", "+- plant"));
      model.enqueue(shellCommand("cat notes/plan.md"));
    },
  },

  "18_review_bot": {
    respond: (request) => {
      const finding = { file: "sum.sh", line: 1, problem: "It subtracts, and the test fails." };
      const findings = outputs(request).includes("FAILED") ? [finding] : [];
      const verdict = findings.length > 0 ? "request changes" : "approve";
      return [message(JSON.stringify({ verdict, findings }), final)];
    },
    async script({ model, home }): Promise<void> {
      const write = (name: string, text: string): Promise<void> =>
        writeFile(join(home.workspace, name), text);
      await write("sum.sh", "echo $(($1 - $2))\n");
      await write("test.sh", '[ "$(sh sum.sh 2 3)" = 5 ] && echo passed || echo FAILED\n');
      const escalate = "outside of the sandbox";
      model.enqueue(shellCommand("cat sum.sh | head -n 20", { escalate }));
      model.enqueue(shellCommand("sh test.sh", { escalate }));
      model.enqueue(patch("*** Update File: sum.sh", "@@", "-echo $(($1 - $2))", "+echo 5"));
      model.enqueue(shellCommand("sh test.sh && git push origin main", { escalate }));
    },
  },

  "19_custom_tool": {
    script({ model }): void {
      const drawing = { type: "function_call", namespace: "workshop", name: "drawing" };
      const item = { ...drawing, call_id: "drawing", arguments: "{}" };
      model.enqueue(functionCall("stock", { name: "gear" })); // does not match the schema
      model.enqueue(
        functionCall("stock", { part: "gear" }),
        functionCall("stock", { part: "wheel" }),
      );
      model.enqueue(rawEvent({ type: "response.output_item.done", item }));
      model.enqueue(message("Three gears and no wheels; the drawing shows four squares.", final));
      model.enqueue(functionCall("stock", { part: "spring" }));
      model.enqueue(message("Twelve springs.", final));
    },
  },

  "20_structured_output_with_zod": {
    script({ model }): void {
      const findings = [
        { file: "sum.ts", line: 2, problem: "An empty list throws now." },
        { file: "sum.ts", line: null, problem: "No test covers it." },
      ];
      model.enqueue(message(JSON.stringify({ risk: "medium", findings }), final));
      model.enqueue(message('{"title":"Start The Sum Anywhere"}', final));
      model.enqueue(message('{"title":"start the sum anywhere"}', final));
    },
  },

  "32_ai_sdk": {
    script({ model }): void {
      model.enqueue(
        functionCall("stock", { part: "gear" }),
        usage({ inputTokens: 900, outputTokens: 20 }),
      );
      model.enqueue(message("Three gears.", final), usage({ inputTokens: 950, outputTokens: 5 }));
      model.enqueue(shellCommand("echo hello > hello.txt", { escalate: "to write hello.txt" }));
      model.enqueue(message("Then I leave it.", final));
      model.enqueue(message('{"file":"hello.txt","content":"hello"}', final));
    },
  },

  "22_tracing": {
    script({ model }): void {
      model.enqueue(shellCommand("ls | wc -l"), usage({ inputTokens: 100, outputTokens: 20 }));
      model.enqueue(functionCall("stock", { part: "gear" }), usage({ inputTokens: 130 }));
      model.enqueue(
        shellCommand("curl https://example.com", { escalate: "needs the network" }),
        usage({ inputTokens: 150, outputTokens: 25 }),
      );
      model.enqueue(
        message("No file, three gears, and no network.", final),
        usage({ inputTokens: 180, outputTokens: 10 }),
      );
    },
  },

  "23_external_messages": {
    script({ model }): void {
      model.enqueue(message("Thank you, I have changed nothing.", final));
      model.enqueue(functionCall("build", {}));
      model.enqueue(message("It is built, and gear.ts is mended.", final));
    },
  },

  "27_config_and_search": {
    script: ({ model }) => void model.enqueue(message("In orders.md.")),
  },
  "24_over_ssh": {
    script({ model }): void {
      model.enqueue(shellCommand("pwd; ls"));
      model.enqueue(message("In an empty one, on the other side.", final));
    },
  },

  "25_shared_server": {
    script({ model }): void {
      model.enqueue(message("Hello.", final));
      model.enqueue(shellCommand("echo touched", { escalate: "It is outside of the sandbox." }));
      model.enqueue(message("It is done.", final));
      model.enqueue(message("You are welcome.", final));
    },
  },

  "26_cut_connection": {
    script({ model }): void {
      model.enqueue(shellCommand("sleep 1; echo waited"));
      model.enqueue(message("I am done.", final));
    },
  },

  "28_plan_and_limits": {
    script({ model }): void {
      const question = {
        id: "language",
        header: "Language",
        question: "In which language?",
        options: [{ label: "French", description: "Bonjour" }, {
          label: "English",
          description: "Hello",
        }],
      };
      model.enqueue(functionCall("request_user_input", { questions: [question] }));
      model.enqueue(message("<proposed_plan>\nWrite Bonjour into greeting.txt\n</proposed_plan>"));
      model.enqueue(
        shellCommand("echo Bonjour > greeting.txt; sleep 300", { yieldTimeMs: 250 }),
        usage({ inputTokens: 400, outputTokens: 20 }),
      );
      model.enqueue(
        shellCommand("cat greeting.txt"),
        usage({ inputTokens: 450, outputTokens: 10 }),
      );
    },
  },

  "29_mcp_servers": {
    script({ model }): void {
      const item = {
        type: "function_call",
        id: "item-1",
        call_id: "call-1",
        namespace: "mcp__workshop",
        name: "order",
        arguments: '{"part":"spring"}',
      };
      model.enqueue(rawEvent({ type: "response.output_item.done", item }));
      model.enqueue(message("Five springs are on their way.", final));
    },
  },

  "30_skills": {
    script({ model }): void {
      model.enqueue(message("Fixes the login. Fixes the search.", final));
    },
  },
  "31_record_and_replay": {
    script({ model }): void {
      model.enqueue(shellCommand("wc -w greeting.txt"));
      model.enqueue(deltas(["Two ", "words."], final));
    },
  },
  "33_gateway": {
    script({ model }): void {
      model.enqueue(shellCommand("date -u +%Y", { escalate: "to see the year" }));
      model.enqueue(deltas(["It is the ", "third millennium."], final));
    },
  },
};

/** Returns a command that changes files the way the model does. */
function patch(...lines: readonly string[]): FunctionCallStep {
  const text = ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
  return shellCommand(`apply_patch <<'EOF'\n${text}\nEOF`);
}

/** The outputs of the model's calls, as JSON. */
function outputs({ inputItems }: RecordedRequest): string {
  return JSON.stringify(inputItems.filter(({ type }) => type === "function_call_output"));
}
