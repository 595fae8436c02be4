/** What the scripted model says in each example: one `enqueue()` for each request that the model gets. */
import {
  deltas,
  failed,
  functionCall,
  gate,
  message,
  reasoning,
  type Respond,
  type ScriptedModel,
  shellCommand,
  usage,
} from "@codex-app-server/sdk/testing";

/** How the model of one example is set up. */
export interface Conversation {
  /** What is said once the script is through. */
  readonly respond?: Respond;
  readonly script?: (scripted: ScriptedModel) => void | Promise<void>;
}

const final = { phase: "final_answer" } as const;
const commentary = { phase: "commentary" } as const;

/** The conversations by the name of the example's file. */
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
      // The second process sends what the first one said: the answer is read from there.
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
      const patch = [
        "*** Begin Patch",
        "*** Add File: notes.md",
        "+# Notes",
        "+",
        "+- gears",
        "*** End Patch",
      ];
      model.enqueueFor("notes", shellCommand(`apply_patch <<'EOF'\n${patch.join("\n")}\nEOF`));
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
      // The model waits at a gate that nobody opens: a steer or an interrupt ends the waiting.
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
      // Whatever ends without `update_goal` is followed by another turn.
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
};
