/// <reference lib="dom" />
/** The fields of questions of the agent, and of forms of MCP servers. */
import type { RequestData } from "@codex-app-server/sdk/gateway/client";
import { html, nothing, type TemplateResult } from "lit-html";
import { visible } from "./text.ts";

/** The part of a JSON Schema that forms of MCP servers use. */
interface Property {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}

/** The value of the choice that is followed by a text of one's own. */
const OTHER = "\u0000other";

/** Shows the fields of a request. */
export function formFields(request: RequestData): TemplateResult {
  return html`${
    (request.questions ?? []).map((question, at) => {
      const name = `q${at}`;
      const { header, options, isOther, isSecret } = question;
      const text = html`${
        header
          ? html`
            <strong>${visible(header)}.</strong>
          `
          : nothing
      }${visible(question.question)}`;
      if (options === null || options.length === 0) {
        return html`<label class="field">${text}
        <input name=${name} type=${isSecret ? "password" : "text"} autocomplete="off" required>
      </label>`;
      }
      return html`<fieldset>
      <legend>${text}</legend>
      ${
        options.map(({ label, description }) =>
          html`
            <label class="choice">
              <input type="radio" name=${name} value=${label} required>
              <span>${visible(label)} <span class="dim">${visible(description)}</span></span>
            </label>
          `
        )
      }
      ${
        isOther
          ? html`
            <label class="choice">
                      <input type="radio" name=${name} value=${OTHER} required> <span>Something else</span>
                    </label>
            <input name="${name}-other" aria-label="Something else" autocomplete="off">
          `
          : nothing
      }
    </fieldset>`;
    })
  }
  ${properties(request).map(([key, property], at) => schemaField(key, property, `p${at}`))}`;
}

/** Returns what was filled in: answers by question id, or the content of a form. */
export function formValues(
  request: RequestData,
  form: HTMLFormElement,
): Record<string, string | number | boolean> {
  const data = new FormData(form);
  const values: Record<string, string | number | boolean> = {};
  for (const [at, { id }] of (request.questions ?? []).entries()) {
    const chosen = String(data.get(`q${at}`) ?? "");
    values[id] = chosen === OTHER ? String(data.get(`q${at}-other`) ?? "") : chosen;
  }
  for (const [at, [key, { type }]] of properties(request).entries()) {
    const value = data.get(`p${at}`);
    if (type === "boolean") values[key] = value !== null;
    else if (value === null || value === "") continue;
    else values[key] = type === "number" || type === "integer" ? Number(value) : String(value);
  }
  return values;
}

function properties({ requestedSchema }: RequestData): [string, Property][] {
  const schema = requestedSchema as { readonly properties?: Record<string, Property> } | null;
  return Object.entries(schema?.properties ?? {});
}

function schemaField(key: string, property: Property, name: string): TemplateResult {
  const label = html`${visible(property.title ?? key)} ${
    property.description ? html`<span class="dim">${visible(property.description)}</span>` : nothing
  }`;
  if (property.type === "boolean") {
    return html`<label class="choice">
      <input type="checkbox" name=${name} ?checked=${
      property.default === true
    }> <span>${label}</span>
    </label>`;
  }
  if (Array.isArray(property.enum)) {
    return html`<label class="field">${label}
      <select name=${name}>${
      property.enum.map((one) => html`<option value=${one}>${visible(one)}</option>`)
    }</select>
    </label>`;
  }
  const isNumber = property.type === "number" || property.type === "integer";
  return html`<label class="field">${label}
    <input
      name=${name}
      type=${isNumber ? "number" : "text"}
      value=${String(property.default ?? "")}
      autocomplete="off"
    >
  </label>`;
}
