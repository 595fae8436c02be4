/** Writes the differences of two versions of the protocol as Markdown, for who brings the SDK to the newer one. */
import type { Drift, Entry, Section } from "./compare_protocols.ts";
import type { Change } from "./compare_shapes.ts";

/** What is listed of the methods that reach a type, and of the places in the SDK. */
const MOST = 4;
/** How much of one type is shown. */
const WIDTH = 240;

const TITLES: Readonly<Record<keyof Drift["sections"], string>> = {
  clientRequests: "Client requests",
  serverRequests: "Server requests",
  serverNotifications: "Notifications",
  clientNotifications: "Client notifications",
  types: "Types",
};

/** What to do about something new. */
const ADVICE: Partial<Record<keyof Drift["sections"], string>> = {
  clientRequests:
    "Where no place is named, no method of the SDK calls it: `codex.request()` reaches it.",
  serverRequests:
    "The SDK does not compile until `src/client/requests/request_kinds.ts` has a row for it.",
  serverNotifications:
    "Where no place is named, no event of the SDK is made of it: `codex.on()` listens to it.",
};

/** Whether nothing differs. */
export function isUnchanged({ sections, renamed }: Drift): boolean {
  return renamed.length === 0 && Object.values(sections).every((section) => total(section) === 0);
}

/** Renders the differences; `usesOf` lists the places in the SDK that name a method or type. */
export function renderDrift(drift: Drift, usesOf: (name: string) => readonly string[]): string {
  const head = `# Codex ${drift.from} -> ${drift.to}\n`;
  if (isUnchanged(drift)) return `${head}\nThe protocol is the same.\n`;
  const kinds = Object.keys(TITLES) as (keyof typeof TITLES)[];
  const counts = kinds.filter((kind) => total(drift.sections[kind]) > 0).map((kind) => {
    const { added, removed, changed } = drift.sections[kind];
    return `- ${
      TITLES[kind]
    }: ${added.length} added, ${removed.length} removed, ${changed.length} changed`;
  });
  const renamed = drift.renamed.map(([old, now]) => `- ${code(`${old} -> ${now}`)}`);
  if (renamed.length > 0) {
    counts.push(`- Types with another name and the same shape: ${renamed.length}`);
  }
  const parts = kinds.flatMap((kind) => {
    const { added, removed, changed } = drift.sections[kind];
    const advice = ADVICE[kind];
    const show = (title: string, entries: readonly Entry[], ...lead: string[]): string[] =>
      entries.length === 0 ? [] : [
        `### ${title}`,
        ...lead,
        entries.map((entry) => renderEntry(entry, usesOf(entry.name))).join("\n"),
      ];
    const body = [
      ...show("Added", added, ...(advice === undefined ? [] : [advice])),
      ...show("Removed", removed),
      ...show("Changed", changed),
    ];
    return body.length === 0 ? [] : [`## ${TITLES[kind]}`, ...body];
  });
  if (renamed.length > 0) parts.push("## Renamed types", renamed.join("\n"));
  return [head, counts.join("\n"), ...parts].join("\n\n").replace("\n\n\n", "\n\n") + "\n";
}

function renderEntry({ name, text, methods, changes }: Entry, uses: readonly string[]): string {
  const reached = methods.length === 0 ? "" : `, of ${list(methods)}`;
  const lines = [`- ${code(name)}${reached}${changes.length === 0 ? `: ${code(clip(text))}` : ""}`];
  lines.push(...changes.map((change) => `  - ${renderChange(change)}`));
  if (uses.length > 0) lines.push(`  - look at ${list(uses)}`);
  return lines.join("\n");
}

function renderChange({ path, before, after }: Change): string {
  const at = path === "" ? "" : path.endsWith("|") ? `${path} ` : `${path}: `;
  if (before === undefined) return `added ${code(at + clip(after ?? ""))}`;
  if (after === undefined) return `removed ${code(at + clip(before))}`;
  return `changed ${code(`${at}${clip(before)} -> ${clip(after)}`)}`;
}

function total({ added, removed, changed }: Section): number {
  return added.length + removed.length + changed.length;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MOST).map(code).join(", ");
  return names.length > MOST ? `${shown} and ${names.length - MOST} more` : shown;
}

function clip(text: string): string {
  return text.length > WIDTH ? `${text.slice(0, WIDTH)} ...` : text;
}

/** A code span, which nothing in `text` can end: upstream's names are not ours. */
function code(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}
