/// <reference lib="dom" />
/** What the agent asks: approvals and questions, as cards. */
import type { Decision, PageAnswer, RequestData } from "@codex-app-server/sdk/gateway/client";
import { html, nothing, type TemplateResult } from "lit-html";
import { changesView } from "./diff.ts";
import { formFields, formValues } from "./forms.ts";
import { json } from "./items.ts";
import { visible } from "./text.ts";

/** Answers a request. */
export type Answer = (request: RequestData, answer: PageAnswer) => void;

const TITLES: Readonly<Record<string, string>> = {
  commandApproval: "Run this command?",
  execCommandApproval: "Run this command?",
  fileChangeApproval: "Change these files?",
  applyPatchApproval: "Change these files?",
  permissionsApproval: "Grant these permissions?",
  mcpToolApproval: "Call this tool?",
  elicitation: "A tool asks",
  userInput: "Codex asks you",
};

/** Returns the heading of a request. */
export function requestTitle({ kind }: RequestData): string {
  return TITLES[kind] ?? "Codex asks";
}

/** Shows a request as a card. */
export function requestCard(
  request: RequestData,
  threadId: string,
  isSending: boolean,
  answer: Answer,
): TemplateResult {
  const titleId = `title-${request.id}`;
  return html`<section class="card request" aria-labelledby=${titleId} data-kind=${request.kind}>
    <h3 id=${titleId}>${requestTitle(request)}</h3>
    ${request.threadId === threadId ? nothing : html`<p class="badge">Asked by a sub-agent</p>`}
    ${
    request.reason === null
      ? nothing
      : html`<p class="reason"><span class="dim">Reason:</span> ${visible(request.reason)}</p>`
  }
    ${
    request.kind === "userInput" || request.kind === "elicitation"
      ? questions(request, isSending, answer)
      : html`${details(request)} ${decisions(request, isSending, answer)}`
  }
  </section>`;
}

function details(request: RequestData): TemplateResult {
  const { command, script, cwd, changes, paths, grantRoot, permissions } = request;
  const whole = script ?? command;
  return html`
    ${whole == null ? nothing : html`
      <pre
        class="line whole"
        tabindex="0"
        role="group"
        aria-label="Whole command"
      ><code>${visible(whole)}</code></pre>
    `}
    ${changes ? changesView(changes, cwd ?? null) : nothing}
    ${!changes && paths
      ? html`<ul>${paths.map((path) => html`<li><code>${visible(path)}</code></li>`)}</ul>`
      : nothing}
    ${grantRoot ? fact("May write from now on to", grantRoot) : nothing}
    ${permissions ? json("Permissions", permissions) : nothing}
    ${request.toolName ? fact("Tool", `${request.serverName} · ${request.toolName}`) : nothing}
    ${request.arguments === undefined ? nothing : json("Arguments", request.arguments)}
    ${cwd ? fact("In", cwd) : nothing}
    ${request.decisions.includes("acceptWithRule")
      ? fact("“Always” is for commands that begin with", (request.proposedRule ?? []).join(" "))
      : nothing}
  `;
}

function fact(label: string, value: string): TemplateResult {
  return html`<p class="fact"><span class="dim">${label}</span> <code>${visible(value)}</code></p>`;
}

function decisions(
  request: RequestData,
  isSending: boolean,
  answer: Answer,
): TemplateResult {
  return html`<div class="buttons">
    ${
    request.decisions.map((decision) =>
      html`
        <button
          type="button"
          class=${decision === "accept" ? "primary" : ""}
          ?disabled=${isSending}
          @click=${() => answer(request, { decision })}
        >${LABELS[decision]}</button>
      `
    )
  }
  </div>`;
}

const LABELS: Readonly<Record<Decision, string>> = {
  accept: "Allow once",
  acceptForSession: "Allow in this thread",
  acceptWithRule: "Always allow",
  acceptAlways: "Always allow",
  decline: "Decline",
  cancel: "Decline and stop",
};

function questions(
  request: RequestData,
  isSending: boolean,
  answer: Answer,
): TemplateResult {
  const isForm = request.kind === "elicitation";
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const values = formValues(request, event.target as HTMLFormElement);
    answer(
      request,
      isForm
        ? { decision: "accept", content: values }
        : { answers: values as Record<string, string> },
    );
  };
  return html`<form @submit=${send}>
    ${request.url ? fact("Opens", request.url) : nothing} ${formFields(request)}
    <div class="buttons">
      <button class="primary" ?disabled=${isSending}>Answer</button>
      <button
        type="button"
        ?disabled=${isSending}
        @click=${() => answer(request, { decision: "decline" })}
      >${isForm ? "Decline" : "No answer"}</button>
    </div>
  </form>`;
}
