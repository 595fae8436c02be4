/** The list of threads. */
import type { ThreadData } from "@codex-app-server/sdk/gateway/client";
import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { Store } from "./store.ts";
import { age, short } from "./text.ts";
import { themeSwitch } from "./theme.ts";

/** Returns what a thread is called. */
export function titleOf(thread: ThreadData | null | undefined): string {
  return short(thread?.name ?? thread?.preview ?? "", 60) || "New thread";
}

/** Shows the threads, newest first. */
export function sidebar(store: Store): TemplateResult {
  return html`<nav id="threads" class="sidebar" aria-label="Threads">
    <button type="button" class="primary new" @click=${() => store.startNew()}>New thread</button>
    ${
    store.threads.length === 0
      ? html`<p class="dim empty">${
        store.isArchive ? "The archive is empty." : "No threads yet."
      }</p>`
      : html`<ul>${repeat(store.threads, ({ id }) => id, (thread) => entry(store, thread))}</ul>`
  }
    ${
    store.cursor === null
      ? nothing
      : html`<button type="button" @click=${() => store.more()}>More threads</button>`
  }
    <div class="foot">
      <button
        type="button"
        aria-pressed=${store.isArchive}
        @click=${() => store.showArchive(!store.isArchive)}
      >Archive</button>
      ${themeSwitch(store.changed)}
    </div>
  </nav>`;
}

function entry(store: Store, thread: ThreadData): TemplateResult {
  const isOpen = store.live?.id === thread.id;
  const title = titleOf(isOpen ? store.live?.view.thread ?? thread : thread);
  const needsAnswer = isOpen && (store.live?.view.requests.length ?? 0) > 0;
  return html`<li>
    <a
      href="#/${thread.id}"
      aria-current=${isOpen ? "page" : nothing}
      @click=${() => {
    store.isNavOpen = false;
    store.changed();
  }}
    ><span class="title">${title}</span>
      <span class="dim">${
    needsAnswer ? "waits for you" : thread.status === "active" ? "running" : age(thread.updatedAt)
  }</span></a>
    ${
    store.isArchive
      ? html`<button type="button" aria-label="Restore ${title}" @click=${() =>
        store.archive(thread.id, false)}>Restore</button>`
      : nothing
  }
  </li>`;
}
