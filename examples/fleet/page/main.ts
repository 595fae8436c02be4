/// <reference lib="dom" />
/** The dashboard: queue, workers and runs; the events of one run as they come; consent and cancelling. */
import { html, nothing, render, type TemplateResult } from "lit-html";
import type { FleetEvent } from "@codex-app-server/sdk/fleet";
import { output, short, visible } from "../../web/page/text.ts";
import { scriptOf } from "../../web/page/shell.ts";
import { applyTheme, themeSwitch } from "../../web/page/theme.ts";
import type { FleetState } from "../server.ts";

interface Line {
  readonly seq: number;
  readonly atMs: number;
  readonly event: FleetEvent;
}

let fleet: FleetState = { counts: {}, workers: [], runs: [] };
let selected = decodeURIComponent(location.hash.slice(1));
let lines: Line[] = [];
let events: EventSource | undefined;
let problem = "";

function open(id: string): void {
  selected = id;
  lines = [];
  location.hash = encodeURIComponent(id);
  events?.close();
  const source = new EventSource(`/api/runs/${encodeURIComponent(id)}/events`);
  events = source;
  source.onmessage = ({ data }): void => {
    lines = [...lines, JSON.parse(data) as Line];
    draw();
  };
  source.addEventListener("end", () => source.close());
  draw();
}

async function post(id: string, action: string, body: unknown): Promise<void> {
  const response = await fetch(`/api/runs/${encodeURIComponent(id)}/${action}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  problem = response?.ok ? "" : "The server did not take it. Try again.";
  draw();
}

function draw(): void {
  render(page(), document.body);
}

function page(): TemplateResult {
  const { counts, workers, runs } = fleet;
  const run = runs.find(({ id }) => id === selected);
  return html`
    <main class="fleet">
      <header>
          <h1>Fleet</h1>
          ${Object.entries(counts).map(([name, count]) =>
            html`<span class="badge">${count} ${name}</span>`
          )}
          ${themeSwitch(draw)}
        </header>
      <p role="status">${problem}</p>
      <div class="columns">
        <section aria-labelledby="workers">
          <h2 id="workers">Workers</h2>
          <ul>${workers.map(({ name, state }) =>
            html`<li>${name}: <span class=${state}>${state}</span></li>`
          )}</ul>
          <h2>Runs</h2>
          <table>
            <thead>
              <tr>
                <th>run</th>
                <th>state</th>
                <th>workers</th>
              </tr>
            </thead>
            <tbody>${runs.map(({ id, state, workers: had, asks }) =>
              html`
                <tr aria-current=${id === selected ? "true" : nothing}>
                  <td><button type="button" @click=${() => open(id)}>${id}</button></td>
                  <td class=${state}>${state} ${asks
                    ? html`<span class="badge asks">asks you</span>`
                    : nothing}</td>
                  <td>${had.join(" → ")}</td>
                </tr>
              `
            )}</tbody>
          </table>
        </section>
        <section aria-labelledby="run">
            <h2 id="run">${run?.id ?? "Choose a run"}</h2>
            ${run !== undefined && !lines.some(({ event }) => event.type === "ended")
              ? html`<button type="button" class="stop" @click=${() =>
                post(run.id, "cancel", {})}>Cancel ${run.id}</button>`
              : nothing}
            ${questions()}
            <ol class="log" aria-live="polite">${lines.map(({ atMs, event }) =>
              html`<li><time class="dim">${new Date(atMs).toLocaleTimeString()}</time>${
                view(event)
              }</li>`
            )}</ol>
          </section>
      </div>
    </main>
  `;
}

function questions(): TemplateResult[] {
  // A question that was settled is open again when the next worker has to ask it anew.
  const open = new Map<string, Extract<FleetEvent, { readonly type: "request" }>>();
  for (const { event } of lines) {
    if (event.type === "request") open.set(event.requestId, event);
    else if (event.type === "resolved") open.delete(event.requestId);
    else if (event.type === "ended") open.clear();
  }
  return [...open.values()].map((event) => {
    const { item, kind } = event.request;
    const what = item?.type === "commandExecution" ? scriptOf(item.command) : kind;
    const answer = (text: string) => (): void =>
      void post(selected, "answer", { requestId: event.requestId, answer: text });
    return html`
      <div class="question" role="group" aria-label="A question">
        <p>The agent wants to run, outside of its sandbox:</p>
        <pre>${visible(what)}</pre>
        <button type="button" class="primary" @click=${answer("accept")}>Accept</button>
        <button type="button" @click=${answer("decline")}>Decline</button>
      </div>
    `;
  });
}

/** An event as a person reads it. An agent wrote the texts in it. */
function view(event: FleetEvent): TemplateResult {
  switch (event.type) {
    case "started":
      return html`<span>${
        event.resumed ? "goes on on" : "begins on"
      } <b>${event.worker}</b></span>`;
    case "itemStarted":
    case "item":
      return itemView(event.type === "itemStarted" ? "…" : "", event.item);
    case "request":
      return html`<span>asks for consent</span>`;
    case "resolved":
      return html`<span>consent: ${event.outcome} ${event.by ?? ""}</span>`;
    case "attemptFailed":
      return html`<span class="failed">${short(event.error, 200)}</span>`;
    case "ended":
      return html`<div><b>${event.result.status}</b>
        <pre>${output(diffOf(event.result.workspace))}</pre></div>`;
    default:
      return html`<span>${event.type}</span>`;
  }
}

type Item = Extract<FleetEvent, { readonly type: "item" }>["item"];

function itemView(mark: string, item: Item): TemplateResult {
  if (item.type === "commandExecution") {
    const text = mark === "" ? item.aggregatedOutput ?? "" : "";
    return html`<pre>${mark}$ ${visible(scriptOf(item.command))}${
      text === "" ? "" : `\n${output(text)}`
    }</pre>`;
  }
  if (item.type === "agentMessage") return html`<span>${mark}${visible(item.text)}</span>`;
  return html`<span class="dim">${mark}${item.type}</span>`;
}

function diffOf(workspace: unknown): string {
  return (workspace as { readonly diff?: string | null } | null)?.diff ?? "";
}

applyTheme();
const states = new EventSource("/api/fleet");
states.onmessage = ({ data }): void => {
  fleet = JSON.parse(data) as FleetState;
  problem = "";
  draw();
};
states.onerror = (): void => {
  problem = "The server is not reachable.";
  draw();
};
if (selected === "") draw();
else open(selected);
