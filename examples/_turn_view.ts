/** Shows what a turn does: streamed text, commands with their output, diffs, and what an approval is about. */
import type { ApprovalRequest, ServerNotification } from "@codex-app-server/sdk";
import type { FileUpdateChange, ThreadItem } from "@codex-app-server/sdk/protocol";
import type { Style, Terminal } from "./_terminal.ts";

type Item<Type extends ThreadItem["type"]> = Extract<ThreadItem, { type: Type }>;

/** The maximum number of output lines shown per command. */
const OUTPUT_LINES = 12;

export class TurnView {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows one event of a turn; ignores unknown events. */
  show(event: ServerNotification): void {
    const terminal = this.#terminal;
    switch (event.method) {
      case "turn/started":
        return terminal.progress("thinking");
      case "item/agentMessage/delta":
        return terminal.write(event.params.delta);
      case "item/reasoning/summaryTextDelta":
        return terminal.write(event.params.delta, "dim");
      case "item/started":
        return this.#announce(event.params.item);
      case "item/completed":
        return this.#finish(event.params.item);
      case "turn/plan/updated":
        for (const { step, status } of event.params.plan) {
          const mark = { completed: "✓", inProgress: "›", pending: "·" }[status] ?? "·";
          terminal.line(`  ${mark} ${step}`, "dim");
        }
        return;
      case "error":
        if (event.params.willRetry) terminal.line(event.params.error.message, "red");
        return;
      case "turn/completed":
        return terminal.stopProgress();
    }
  }

  /** Shows what an item is about to do. */
  #announce(item: ThreadItem): void {
    if (item.type === "commandExecution") {
      const script = withoutShell(item.command);
      showScript(this.#terminal, script);
      this.#terminal.progress(script);
    } else if (item.type === "fileChange") {
      showChanges(this.#terminal, item.changes);
    } else if (item.type === "mcpToolCall") {
      this.#terminal.line(`${item.server}.${item.tool}`, "cyan");
      this.#terminal.progress(item.tool);
    } else if (item.type === "webSearch") {
      this.#terminal.line(`search: ${item.query}`, "cyan");
    }
  }

  #finish(item: ThreadItem): void {
    const terminal = this.#terminal;
    switch (item.type) {
      case "agentMessage":
      case "reasoning":
        return terminal.freshLine();
      case "commandExecution":
        return this.#showOutcome(item);
      case "fileChange": {
        const done = item.status === "completed";
        return terminal.line(done ? "✓ written" : `✗ ${item.status}`, done ? "green" : "red");
      }
      case "mcpToolCall":
        return terminal.line(`  ${item.status}`, "dim");
    }
  }

  #showOutcome(item: Item<"commandExecution">): void {
    const terminal = this.#terminal;
    const lines = item.aggregatedOutput?.trimEnd().split(/\r?\n/) ?? [];
    const hidden = lines.length - OUTPUT_LINES;
    if (hidden > 0) terminal.line(`  ... ${hidden} lines before`, "dim");
    for (const line of lines.slice(-OUTPUT_LINES)) terminal.line(`  ${line}`, "dim");
    const time = item.durationMs === null ? "" : ` in ${(item.durationMs / 1000).toFixed(1)} s`;
    if (item.status === "declined") terminal.line("✗ declined", "yellow");
    else if (item.exitCode === 0) terminal.line(`✓ done${time}`, "green");
    else terminal.line(`✗ exit code ${item.exitCode ?? "unknown"}${time}`, "red");
    terminal.progress("thinking");
  }
}

/** Shows all that a person needs for a decision: the whole command, or every path and change. */
export function showApproval(terminal: Terminal, request: ApprovalRequest): void {
  if (request.kind === "commandApproval") {
    const { script, command, cwd } = request;
    showScript(terminal, script ?? command ?? "(no command)");
    // More than a command: the network, further permissions, input for a terminal.
    if (script === null) terminal.line(`  ${JSON.stringify(request.params)}`, "yellow");
    terminal.line(`  in ${cwd}`, "dim");
  } else if (request.kind === "fileChangeApproval") {
    if (request.changes === null) terminal.line("(unknown changes)");
    else showChanges(terminal, request.changes);
    // Where files are moved, what links lead to, and a folder that would be opened.
    const named = request.changes?.map(({ path }) => path) ?? [];
    const more = request.paths?.filter((path) => !named.includes(path)) ?? ["unknown paths"];
    if (more.length > 0) terminal.line(`  also touches ${more.join(", ")}`, "yellow");
  } else {
    terminal.line(`${request.kind} ${JSON.stringify(request.params)}`);
  }
  if (request.reason !== null) terminal.line(`  ${request.reason}`, "yellow");
}

/** Shows a command, each of its lines with a mark in front, so that none can pass for a line of this program. */
function showScript(terminal: Terminal, script: string): void {
  script.split("\n").forEach((line, index) =>
    terminal.line(`${index === 0 ? "$" : "|"} ${line}`, "cyan")
  );
}

/** Shows file changes as diffs. */
function showChanges(terminal: Terminal, changes: readonly FileUpdateChange[]): void {
  for (const { path, kind, diff } of changes) {
    terminal.line(`${kind.type} ${path}`, "cyan");
    for (const line of diff.trimEnd().split("\n")) {
      // The diff of a new or deleted file is its content.
      const text = kind.type === "add" ? `+${line}` : kind.type === "delete" ? `-${line}` : line;
      terminal.line(`  ${text}`, diffStyle(text));
    }
  }
}

function diffStyle(line: string): Style {
  if (line.startsWith("+")) return "green";
  if (line.startsWith("-")) return "red";
  return line.startsWith("@@") ? "cyan" : "dim";
}

/** The command without the shell around it. */
function withoutShell(command: string): string {
  return /^\S*\b(?:ba|z|da)?sh -l?c (['"]?)([^]*)\1$/.exec(command)?.[2] ?? command;
}
