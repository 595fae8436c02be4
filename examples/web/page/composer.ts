/// <reference lib="dom" />
/** Where a person writes: text and pictures, model and effort, send and stop. */
import { html, nothing, type TemplateResult } from "lit-html";
import type { Store } from "./store.ts";
import { count } from "./text.ts";

/** Shows the field and its buttons. */
export function composer(store: Store): TemplateResult {
  const isRunning = store.live?.activeTurn !== undefined;
  const isArchived = store.isArchive && store.threads.some(({ id }) => id === store.live?.id);
  const field = (): HTMLTextAreaElement | null => document.querySelector("#message");
  const send = async (): Promise<void> => {
    const text = field()?.value ?? "";
    if (store.isBusy || (text.trim() === "" && store.images.length === 0)) return;
    const isSent = await store.send(text);
    const element = field();
    if (isSent && element !== null && element.value === text) element.value = "";
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void send();
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void send();
  };
  const paste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void store.attach(files);
  };
  return html`<form class="composer" aria-label="Message" @submit=${submit}>
    ${
    store.problem === undefined
      ? nothing
      : html`<p class="notice bad" role="alert">${store.problem}</p>`
  }
    ${pictures(store)}
    <label class="hidden" for="message">Message to Codex</label>
    <textarea
      id="message"
      rows="2"
      ?disabled=${isArchived}
      placeholder=${isRunning ? "Add something to the running turn" : "What should Codex do?"}
      aria-describedby="keys"
      @keydown=${key}
      @paste=${paste}
    ></textarea>
    <div class="bar">
      <label class="attach">Picture
        <input type="file" accept="image/png,image/jpeg,image/gif,image/webp" multiple @change=${async (
    event: Event,
  ) => {
    const input = event.target as HTMLInputElement;
    await store.attach(input.files ?? []);
    input.value = "";
  }}>
      </label>
      ${choices(store)}
      <span id="keys" class="dim keys">Enter sends${
    isRunning ? ", Esc stops" : ", Shift+Enter begins a line"
  }</span>
      ${
    isRunning
      ? html`<button type="button" class="stop" @click=${() => store.stop()}>Stop</button>`
      : nothing
  }
      <button class="primary" ?disabled=${store.isBusy || isArchived}>${
    isRunning ? "Steer" : "Send"
  }</button>
    </div>
  </form>`;
}

function pictures(store: Store): TemplateResult | typeof nothing {
  if (store.images.length === 0) return nothing;
  return html`<div class="pictures">${
    store.images.map((url, at) =>
      html`
        <button type="button" aria-label="Remove picture ${at + 1}"
          @click=${() => {
            store.images = store.images.toSpliced(at, 1);
            store.changed();
          }}><img src=${url} alt=""></button>
      `
    )
  }</div>`;
}

function choices(store: Store): TemplateResult {
  const { models } = store;
  const model = models.find(({ id }) => id === store.model) ??
    models.find(({ id }) => id === store.live?.view.thread?.model) ??
    models.find(({ isDefault }) => isDefault);
  const choose = (what: "model" | "effort") => (event: Event): void => {
    store[what] = (event.target as HTMLSelectElement).value || undefined;
    if (what === "model") store.effort = undefined;
    store.changed();
  };
  return html`
    <label><span class="hidden">Model</span><select @change=${choose("model")}>${models.map((
      { id, name },
    ) => html`<option value=${id} .selected=${id === model?.id}>${name}</option>`)}</select></label>
    <label><span class="hidden">Effort</span><select @change=${choose(
      "effort",
    )}>${(model?.efforts ?? []).map((effort) =>
      html`
        <option
          value=${effort}
          .selected=${effort === (store.effort ?? model?.defaultEffort)}
        >${effort}</option>
      `
    )}</select></label>
  `;
}

/** Returns how much was used: by the thread, of its context, and of the account's limit. */
export function usageOf({ live, usage }: Store): string {
  const reported = live?.view.turns.findLast((turn) => turn.usage !== null)?.usage;
  const { last, total, modelContextWindow } = reported ?? {};
  const used = last && modelContextWindow
    ? Math.round(100 * last.totalTokens / modelContextWindow)
    : undefined;
  const limit = usage?.primary?.usedPercent;
  return [
    ...(total === undefined ? [] : [`${count(total.totalTokens)} tokens`]),
    ...(used === undefined ? [] : [`${used} % of the context`]),
    ...(limit === undefined ? [] : [`${Math.round(limit)} % of the limit`]),
  ].join(" · ");
}
