/** The items of a turn: messages, reasoning, commands, changes of files, tools and sub-agents. */
import type { ItemData } from "@codex-app-server/sdk/gateway/client";
import { html, nothing, type TemplateResult } from "lit-html";
import { changesView } from "./diff.ts";
import { markdown } from "./markdown.ts";
import { scriptOf } from "./shell.ts";
import { duration, output, short, visible } from "./text.ts";

type Item = ItemData["item"];
type View = TemplateResult | typeof nothing;

/** Shows an item; an item of a type that the page does not know is a line with the name of its type. */
export function itemView({ item, state, progress, review }: ItemData): View {
  const isRunning = state === "inProgress";
  switch (item.type) {
    case "userMessage":
      return userMessage(item);
    case "agentMessage":
      return item.text === ""
        ? nothing
        : html`<div class="agent prose">${markdown(item.text)}</div>`;
    case "plan":
      return html`<section class="card prose" aria-label="Proposed plan">
        <h3>Proposed plan</h3>${markdown(item.text)}
      </section>`;
    case "reasoning":
      return reasoning(item, isRunning);
    case "commandExecution":
      return command(item, state, review);
    case "fileChange":
      return html`<div class="files">
        ${changesView(item.changes, null)} ${
        item.status === "declined" || item.status === "failed"
          ? html`<p class="status bad">${item.status}</p>`
          : nothing
      }
      </div>`;
    case "mcpToolCall":
      return tool(`${item.server} · ${item.tool}`, item.arguments, {
        result: item.error?.message ?? item.result,
        status: item.status,
        progress,
      });
    case "dynamicToolCall":
      return tool(item.tool, item.arguments, {
        result: item.contentItems,
        status: item.status,
        progress,
      });
    case "collabAgentToolCall":
      return agents(item);
    case "subAgentActivity":
      return html`<p class="event">
        <span class="badge">Sub-agent</span>
        ${short(`${item.agentPath || item.agentThreadId}: ${item.kind}`, 300)}
        ${agentLinks([item.agentThreadId])}
      </p>`;
    case "webSearch":
      return line("Searched the web", item.query);
    case "imageView":
      return line("Looked at a picture", item.path);
    case "contextCompaction":
      return line("Shortened the conversation", "");
    default:
      return line(item.type, "");
  }
}

function userMessage({ content }: Extract<Item, { type: "userMessage" }>): View {
  return html`<div class="user">
    <span class="hidden">You:</span>
    ${
    content.map((part) => {
      if (part.type === "text") return html`<p>${visible(part.text)}</p>`;
      if (part.type === "image" && "url" in part && part.url.startsWith("data:image/")) {
        return html`<img src=${part.url} alt="Picture that you sent">`;
      }
      return html`<p class="dim">(${part.type})</p>`;
    })
  }
  </div>`;
}

function reasoning(
  { summary, content }: Extract<Item, { type: "reasoning" }>,
  isRunning: boolean,
): View {
  const text = (summary.length > 0 ? summary : content).join("\n\n");
  if (text === "") return isRunning ? html`<p class="dim">Thinking…</p>` : nothing;
  const [title = ""] = text.split("\n");
  return html`
    <details class="reasoning">
      <summary>Thinking: ${short(title.replaceAll("*", ""))}</summary>
      <div class="prose">${markdown(text)}</div>
    </details>
  `;
}

function command(
  item: Extract<Item, { type: "commandExecution" }>,
  state: ItemData["state"],
  review: ItemData["review"],
): View {
  const { aggregatedOutput, exitCode, durationMs, status } = item;
  const hasFailed = status === "failed" || (exitCode ?? 0) !== 0;
  const result = state === "inProgress"
    ? "running"
    : state === "background"
    ? "runs on in the background"
    : status === "declined"
    ? "declined"
    : state === "interrupted"
    ? "interrupted"
    : exitCode === null
    ? status
    : `exit code ${exitCode}`;
  const text = output(aggregatedOutput ?? "").trimEnd();
  return html`<div class="command" data-state=${state}>
    <pre class="line" tabindex="0" role="group" aria-label="Command"><code>${
    visible(scriptOf(item.command))
  }</code></pre>
    ${
    text === "" ? nothing : html`
      <pre
        class="output"
        tabindex="0"
        role="group"
        aria-label="Output"
      >${text}</pre>
    `
  }
    <p class="status ${hasFailed || status === "declined" ? "bad" : ""}">
      ${state === "inProgress" ? html`<span class="spinner" aria-hidden="true"></span>` : nothing}
      ${result}${durationMs === null ? "" : `, ${duration(durationMs)}`}
      ${
    review?.rationale ? html`<span class="dim"> · ${visible(review.rationale)}</span>` : nothing
  }
    </p>
  </div>`;
}

function tool(
  name: string,
  input: unknown,
  { result, status, progress }: {
    readonly result: unknown;
    readonly status: string;
    readonly progress: string | null;
  },
): View {
  return html`<details class="tool">
    <summary><span class="badge">Tool</span> ${visible(name)}: ${status}${
    progress
      ? html`
        <span class="dim">${visible(progress)}</span>
      `
      : nothing
  }</summary>
    ${json("Arguments", input)} ${result == null ? nothing : json("Result", result)}
  </details>`;
}

/** Shows data as indented JSON. */
export function json(label: string, value: unknown): TemplateResult {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return html`<pre class="output" tabindex="0" role="group" aria-label=${label}>${
    visible(text)
  }</pre>`;
}

function agents(item: Extract<Item, { type: "collabAgentToolCall" }>): View {
  const names: Readonly<Record<string, string>> = {
    spawnAgent: "Started a sub-agent",
    sendInput: "Wrote to a sub-agent",
    sendMessage: "Wrote to a sub-agent",
    followupTask: "Gave a sub-agent a task",
    wait: "Waited for sub-agents",
    closeAgent: "Closed a sub-agent",
    interruptAgent: "Interrupted a sub-agent",
  };
  const states = Object.values(item.agentsStates).flatMap((one) => one === undefined ? [] : [one]);
  return html`<div class="tool agents">
    <span class="badge">Sub-agent</span> ${names[item.tool] ?? item.tool}: ${item.status}
    ${agentLinks(item.receiverThreadIds)}
    ${item.prompt ? html`<p>${visible(item.prompt)}</p>` : nothing} ${
    states.map(({ status, message }) =>
      html`<p class="dim">${status}${message ? `: ${visible(message)}` : ""}</p>`
    )
  }
  </div>`;
}

/** Links to the threads of sub-agents. */
function agentLinks(threadIds: readonly string[]): TemplateResult {
  return html`${
    threadIds.map((id, at) =>
      html`
        <a class="open" href="#/${encodeURIComponent(id)}">See what it does${threadIds.length > 1
          ? ` (${at + 1})`
          : ""}</a>
      `
    )
  }`;
}

function line(label: string, text: string): TemplateResult {
  return html`<p class="event"><span class="badge">${label}</span> ${short(text, 300)}</p>`;
}
