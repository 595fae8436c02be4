/** Shows what a turn does: streamed text, commands with their output, and diffs. */
import type { ServerNotification } from "@codex-app-server/sdk";
import type { FileUpdateChange, ThreadItem } from "@codex-app-server/sdk/protocol";
import type { Terminal } from "./_terminal.ts";

type Item<Type extends ThreadItem["type"]> = Extract<ThreadItem, { type: Type }>;

/** The maximum number of output lines shown per command. */
const OUTPUT_LINES = 12;

export class TurnView {
  readonly #terminal: Terminal;
  readonly #shown: Set<string> = new Set();

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
        return terminal.write(terminal.dim(event.params.delta));
      case "item/started":
        return this.announce(event.params.item);
      case "item/completed":
        return this.#finish(event.params.item);
      case "turn/plan/updated":
        for (const { step, status } of event.params.plan) {
          const mark = { completed: "✓", inProgress: "›", pending: "·" }[status] ?? "·";
          terminal.line(terminal.dim(`  ${mark} ${step}`));
        }
        return;
      case "error":
        if (event.params.willRetry) terminal.line(terminal.red(event.params.error.message));
        return;
      case "turn/completed":
        return terminal.stopProgress();
    }
  }

  /** Shows what an item is about to do, once: an approval may need it before its event was read. */
  announce(item: ThreadItem): void {
    if (this.#shown.has(item.id)) return;
    this.#shown.add(item.id);
    if (item.type === "commandExecution") {
      this.#terminal.line(this.#terminal.cyan(`$ ${shortCommand(item.command)}`));
      this.#terminal.progress(shortCommand(item.command));
    } else if (item.type === "fileChange") {
      showChanges(this.#terminal, item.changes);
    } else if (item.type === "mcpToolCall") {
      this.#terminal.line(this.#terminal.cyan(`${item.server}.${item.tool}`));
      this.#terminal.progress(item.tool);
    } else if (item.type === "webSearch") {
      this.#terminal.line(this.#terminal.cyan(`search: ${item.query}`));
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
        return terminal.line(done ? terminal.green("✓ written") : terminal.red(`✗ ${item.status}`));
      }
      case "mcpToolCall":
        return terminal.line(terminal.dim(`  ${item.status}`));
    }
  }

  #showOutcome(item: Item<"commandExecution">): void {
    const terminal = this.#terminal;
    const lines = item.aggregatedOutput?.trimEnd().split("\n") ?? [];
    const hidden = lines.length - OUTPUT_LINES;
    if (hidden > 0) terminal.line(terminal.dim(`  ... ${hidden} lines before`));
    for (const line of lines.slice(-OUTPUT_LINES)) terminal.line(terminal.dim(`  ${line}`));
    const time = item.durationMs === null ? "" : ` in ${(item.durationMs / 1000).toFixed(1)} s`;
    if (item.status === "declined") terminal.line(terminal.yellow("✗ declined"));
    else if (item.exitCode === 0) terminal.line(terminal.green(`✓ done${time}`));
    else terminal.line(terminal.red(`✗ exit code ${item.exitCode ?? "unknown"}${time}`));
    terminal.progress("thinking");
  }
}

/** Shows file changes as diffs. */
export function showChanges(terminal: Terminal, changes: readonly FileUpdateChange[]): void {
  for (const { path, kind, diff } of changes) {
    terminal.line(terminal.cyan(`${kind.type} ${path}`));
    for (const line of diff.trimEnd().split("\n")) {
      // The diff of a new or deleted file is its content.
      const text = kind.type === "add" ? `+${line}` : kind.type === "delete" ? `-${line}` : line;
      terminal.line(`  ${diffColour(terminal, text)}`);
    }
  }
}

function diffColour(terminal: Terminal, line: string): string {
  if (line.startsWith("+")) return terminal.green(line);
  if (line.startsWith("-")) return terminal.red(line);
  return line.startsWith("@@") ? terminal.cyan(line) : terminal.dim(line);
}

/** The command without the shell around it. */
export function shortCommand(command: string): string {
  const inner = /^\S*\b(?:ba|z|da)?sh -l?c (['"]?)([^]*)\1$/.exec(command)?.[2] ?? command;
  const [first = "", ...rest] = inner.split("\n");
  return rest.length === 0 ? first : `${first} ...`;
}
