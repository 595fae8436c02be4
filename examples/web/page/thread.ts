/** The open thread: its turns, and what the agent asks. */
import type { LiveThread, TurnData } from "@codex-app-server/sdk/gateway/client";
import { html, nothing, type TemplateResult } from "lit-html";
import { guard } from "lit-html/directives/guard.js";
import { repeat } from "lit-html/directives/repeat.js";
import { diffView } from "./diff.ts";
import { itemView } from "./items.ts";
import { requestCard } from "./requests.ts";
import { problemOf, type Store } from "./store.ts";
import { count, duration, visible } from "./text.ts";

/** Shows the thread, from its oldest loaded turn to the open requests. */
export function threadView(store: Store, live: LiveThread): TemplateResult {
  const { view, error } = live;
  if (error !== undefined) return html`<p class="notice bad">${problemOf(error)}</p>`;
  return html`
    ${view.hasOlder
      ? html`<button type="button" class="older" @click=${() => store.older()}>Older turns</button>`
      : nothing}
    ${repeat(view.turns, ({ id }) => id, (turn) => guard([turn], () => turnView(turn)))}
    ${repeat(
      view.requests,
      ({ id }) => id,
      (request) =>
        requestCard(
          request,
          live.id,
          store.sending.has(request.id),
          (one, answer) => store.answer(one, answer),
        ),
    )}
    ${view.connection === "connecting" && view.thread === null
      ? html`<p class="dim">Loading…</p>`
      : nothing}
  `;
}

function turnView(turn: TurnData): TemplateResult {
  const { items, plan, diff, status, error, retry } = turn;
  const isRunning = status === "inProgress";
  return html`<article class="turn" aria-label="Turn" aria-busy=${isRunning}>
    ${repeat(items, (data) => data.item.id, (data) => guard([data], () => itemView(data)))}
    ${plan === null ? nothing : planView(plan)} ${
    diff === null || diff === "" ? nothing : diffView(diff)
  }
    ${
    status === "failed"
      ? html`<p class="notice bad">${visible(error?.message ?? "The turn failed.")}</p>`
      : status === "interrupted"
      ? html`<p class="notice">Stopped.</p>`
      : nothing
  }
    <footer class="dim">${
    isRunning
      ? html`<span class="spinner" aria-hidden="true"></span> ${
        retry === null
          ? "Working"
          : `The model does not answer. Reconnecting, attempt ${retry.attempt}…`
      }`
      : facts(turn).join(" · ")
  }</footer>
  </article>`;
}

function facts({ startedAt, completedAt, usage }: TurnData): string[] {
  const seconds = startedAt === null || completedAt === null ? 0 : completedAt - startedAt;
  return [
    ...(seconds > 0 ? [duration(seconds * 1_000)] : []),
    ...(usage === null ? [] : [
      `${count(usage.last.inputTokens)} tokens in, ${count(usage.last.outputTokens)} out`,
    ]),
  ];
}

const MARKS: Readonly<Record<string, readonly [mark: string, name: string]>> = {
  completed: ["✓", "done"],
  inProgress: ["▸", "in progress"],
  pending: ["○", "to do"],
};

function planView({ explanation, steps }: NonNullable<TurnData["plan"]>): TemplateResult {
  return html`<section class="card plan" aria-label="Plan">
    <h3>Plan</h3>
    ${explanation ? html`<p>${visible(explanation)}</p>` : nothing}
    <ol>${
    steps.map(({ step, status }) => {
      const [mark, name] = MARKS[status] ?? ["·", visible(status)];
      return html`<li data-status=${status}>
      <span aria-hidden="true">${mark}</span> ${visible(step)}<span class="hidden">, ${name}</span>
    </li>`;
    })
  }</ol>
  </section>`;
}
