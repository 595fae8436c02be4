/// <reference lib="dom" />
/** Draws the page: at most once per frame. */
import { html, nothing, render, type TemplateResult } from "lit-html";
import { composer, usageOf } from "./composer.ts";
import { requestTitle } from "./requests.ts";
import { sidebar, titleOf } from "./sidebar.ts";
import { Store } from "./store.ts";
import { short } from "./text.ts";
import { applyTheme } from "./theme.ts";
import { threadView } from "./thread.ts";

const SUGGESTIONS = [
  "Explain how the greeting works",
  "Add a farewell to the greeting",
  "Run the tests",
  "Ask me which language to use",
  "Let a sub-agent count the files",
];

let isDrawing = false;
/** Whether the end of the thread is in sight, and stays there. */
let isAtEnd = true;
const store = new Store(() => {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
});

function draw(): void {
  const hadFocus = document.activeElement?.closest(".request") ?? null;
  render(page(), document.body);
  document.title = `${titleOf(store.live?.view.thread)} – Codex`;
  const drawn = document.querySelector("#log");
  if (isAtEnd && drawn !== null) drawn.scrollTop = drawn.scrollHeight;
  // The card that had the focus is gone: go on where one writes.
  if (hadFocus !== null && !hadFocus.isConnected) {
    document.querySelector<HTMLElement>("#message")?.focus();
  }
}

function page(): TemplateResult {
  const { live } = store;
  const thread = live?.view.thread;
  return html`<div class="app" data-nav=${store.isNavOpen ? "open" : "closed"}>
    ${sidebar(store)}
    <div class="pane">
      <header>
        <button
          type="button"
          class="menu"
          aria-expanded=${store.isNavOpen}
          aria-controls="threads"
          @click=${() => {
    store.isNavOpen = !store.isNavOpen;
    store.changed();
  }}
        >Threads</button>
        ${store.isRenaming ? renaming() : html`<h1>${titleOf(thread)}</h1>`}
        ${
    thread && thread.parentThreadId === null && !store.isRenaming
      ? html`
        <span class="dim usage">${usageOf(store)}</span>
        <span class="badge workspace">${thread.workspace ?? nothing}</span>
        <button type="button" @click=${rename}>Rename</button>
        <button
          type="button"
          ?disabled=${live?.activeTurn !== undefined}
          @click=${() => store.archive(thread.id, true)}
        >Archive</button>
      `
      : nothing
  }
      </header>
      <main id="log" tabindex="0" aria-label="Conversation" @scroll=${scrolled}>
        <h2 class="hidden">Conversation</h2>
        ${live === undefined ? welcome() : threadView(store, live)}
      </main>
      ${
    live?.view.connection === "lost"
      ? html`<p class="notice lost">The connection was lost. Trying again…</p>`
      : nothing
  }
      ${
    thread?.parentThreadId == null ? composer(store) : html`
      <section class="notice agent-thread" aria-label="Sub-agent">
        A sub-agent works here. <a href="#/${encodeURIComponent(thread.parentThreadId)}"
        >Back to the thread that started it</a>
      </section>
    `
  }
    </div>
    <div class="hidden" role="status" aria-live="polite">${announcement()}</div>
  </div>`;
}

function scrolled({ target }: Event): void {
  const { scrollHeight, scrollTop, clientHeight } = target as HTMLElement;
  isAtEnd = scrollHeight - scrollTop - clientHeight < 80;
}

function welcome(): TemplateResult {
  return html`
    <div class="welcome">
      <p class="big">What should Codex do?</p>
      <ul>${SUGGESTIONS.map((text) =>
        html`<li><button type="button" @click=${() => store.send(text)}>${text}</button></li>`
      )}</ul>
    </div>
  `;
}

function rename(): void {
  store.isRenaming = true;
  store.changed();
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>("#name")?.select());
}

function renaming(): TemplateResult {
  const name = (): string => document.querySelector<HTMLInputElement>("#name")?.value ?? "";
  return html`
    <form class="rename" @submit=${(event: Event) => {
      event.preventDefault();
      void store.rename(name());
    }}>
      <input
        id="name"
        aria-label="Name of the thread"
        maxlength="200"
        value=${titleOf(store.live?.view.thread)}
      >
      <button class="primary">Save</button>
      <button type="button" @click=${() => {
        store.isRenaming = false;
        store.changed();
      }}>Cancel</button>
    </form>
  `;
}

/** What a screen reader says: not every piece of text, but what a person waits for. */
function announcement(): string {
  const { live } = store;
  if (live === undefined) return "";
  const { turns, requests, connection } = live.view;
  if (connection === "lost") return "The connection was lost.";
  const request = requests.at(-1);
  if (request !== undefined) {
    return `${requestTitle(request)} ${short(request.script ?? request.command ?? "", 200)}`;
  }
  const turn = turns.at(-1);
  if (turn === undefined) return "";
  if (turn.status === "inProgress") {
    return turn.retry === null ? "Codex works." : "The model does not answer. Trying again.";
  }
  const answer = turn.items.findLast(({ item }) => item.type === "agentMessage")?.item;
  const text = answer?.type === "agentMessage" ? short(answer.text, 500) : "";
  return turn.status === "completed" ? `Codex is done. ${text}` : `The turn was ${turn.status}.`;
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  if (store.isRenaming || store.isNavOpen) {
    store.isRenaming = false;
    store.isNavOpen = false;
    return store.changed();
  }
  if (store.live?.activeTurn !== undefined) void store.stop();
});
addEventListener("resize", store.changed);
applyTheme();
store.changed();
void store.begin();
