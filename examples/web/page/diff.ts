/** Changes of files. */
import { html, type TemplateResult } from "lit-html";
import { visible } from "./text.ts";

/** A change of one file, as items and requests have it. */
export interface Change {
  readonly path: string;
  readonly kind: { readonly type: string; readonly move_path?: string | null };
  readonly diff: string;
}

/** Lines of a diff that are shown; a page with more is of no use. */
const MAX_LINES = 2_000;
const NAMES: Readonly<Record<string, string>> = {
  add: "New file",
  delete: "Deleted file",
  update: "Changed file",
};

/** Shows changes, each with its diff. */
export function changesView(changes: readonly Change[], root: string | null): TemplateResult {
  return html`${
    changes.map((change) => {
      const { path, kind, diff } = change;
      const lines = linesOf(kind.type, diff);
      const moved = kind.move_path ? ` → ${visible(inside(kind.move_path, root))}` : "";
      return html`<details class="change" open>
        <summary>
          <span class="badge">${NAMES[kind.type] ?? visible(kind.type)}</span>
          <code>${visible(inside(path, root))}${moved}</code> ${sums(lines)}
        </summary>
        ${linesView(lines, `Changes of ${visible(path)}`)}
      </details>`;
    })
  }`;
}

/** Shows a unified diff of several files. */
export function diffView(diff: string): TemplateResult {
  const lines = diff.replace(/\n$/, "").split("\n");
  return html`<details class="change total">
    <summary>All changes of this turn ${sums(lines)}</summary>
    ${linesView(lines, "All changes of this turn")}
  </details>`;
}

/** A new or deleted file comes as its text, a changed one as a diff. */
function linesOf(kind: string, diff: string): string[] {
  const lines = diff.replace(/\n$/, "").split("\n");
  const isText = (kind === "add" || kind === "delete") && !/^(?:---|diff|@@) /m.test(diff);
  return isText ? lines.map((line) => `${kind === "add" ? "+" : "-"}${line}`) : lines;
}

function linesView(lines: readonly string[], label: string): TemplateResult {
  const rest = lines.length - MAX_LINES;
  return html`
    <pre
      class="diff"
      tabindex="0"
      role="group"
      aria-label=${label}
    >${lines.slice(0, MAX_LINES).map((line) =>
      html`<span class=${lineClass(line)}>${visible(line)}
</span>`
    )}${rest > 0 ? `… and ${rest} more lines` : ""}</pre>
  `;
}

function lineClass(line: string): string {
  if (/^(?:\+\+\+|---|diff |index |@@)/.test(line)) return "meta";
  return line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : "same";
}

function sums(lines: readonly string[]): TemplateResult {
  const classes = lines.map(lineClass);
  const added = classes.filter((one) => one === "add").length;
  const deleted = classes.filter((one) => one === "del").length;
  return html`<span class="sums"><span class="plus">+${added}</span> <span class="minus"
    >−${deleted}</span></span>`;
}

function inside(path: string, root: string | null): string {
  return root !== null && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
