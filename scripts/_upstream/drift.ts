/** Compares two versions of the protocol, method by method and field by field, as Markdown. */
import {
  type Definitions,
  membersOf,
  MESSAGES,
  paramsByMethod,
  type Protocol,
  referenceOf,
  type Schema,
} from "./protocol.ts";

/** How many methods and places are listed at most. */
const MOST = 4;
/** How many characters of one type are shown at most. */
const WIDTH = 240;

/** What to do about a new method. */
const ADVICE: Partial<Record<keyof typeof MESSAGES, string>> = {
  ClientRequest:
    "Where no place is named, no method of the SDK calls it: `codex.request()` reaches it.",
  ServerRequest:
    "The SDK does not compile until `src/client/requests/request_kinds.ts` has a row for it.",
  ServerNotification:
    "Where no place is named, no event of the SDK is made of it: `codex.on()` listens to it.",
};

/** Lines of a description by a key; a key in both versions with other text has changed. */
type Parts = ReadonlyMap<string, string>;

/**
 * Renders the differences between two versions.
 *
 * @param usesOf returns the places in the SDK that name a method or type
 * @returns the Markdown, and whether there is no difference
 */
export function describeDrift(
  from: Protocol,
  to: Protocol,
  usesOf: (name: string) => readonly string[],
): { text: string; isUnchanged: boolean } {
  const reach = new Map([...reachOf(from.whole), ...reachOf(to.whole)]);
  const sections: Section[] = [
    ...Object.entries(MESSAGES).map(([name, title]): Section => {
      const union = name as keyof typeof MESSAGES;
      return { title, advice: ADVICE[union], ...compare(methods(from, union), methods(to, union)) };
    }),
    { title: "Types", ...compare(types(from), types(to)) },
  ];
  const total = ({ added, removed, changed }: Section): number =>
    added.length + removed.length + changed.length;
  const drifted = sections.filter((section) => total(section) > 0);
  const head = `# Codex ${from.version} -> ${to.version}`;
  if (drifted.length === 0) {
    return { text: `${head}\n\nThe protocol is the same.\n`, isUnchanged: true };
  }
  const renderEntry = (entry: Entry): string => {
    const methods = reach.get(entry.name) ?? [];
    const uses = usesOf(entry.name);
    const of = methods.length === 0 ? "" : `, of ${list(methods)}`;
    const text = entry.text === undefined ? "" : `: ${code(entry.text)}`;
    return [
      `- ${code(entry.name)}${of}${text}`,
      ...entry.changes.map((change) => `  - ${change}`),
      ...(uses.length === 0 ? [] : [`  - look at ${list(uses)}`]),
    ].join("\n");
  };
  const show = (title: string, entries: readonly Entry[], advice?: string): string[] =>
    entries.length === 0 ? [] : [
      `### ${title}`,
      ...(advice === undefined ? [] : [advice]),
      entries.map(renderEntry).join("\n"),
    ];
  const text = [
    head,
    drifted.map(({ title, added, removed, changed }) => {
      return `- ${title}: ${added.length} added, ${removed.length} removed, ${changed.length} changed`;
    }).join("\n"),
    ...drifted.flatMap(({ title, advice, added, removed, changed }) => [
      `## ${title}`,
      ...show("Added", added, advice),
      ...show("Removed", removed),
      ...show("Changed", changed),
    ]),
  ].join("\n\n");
  return { text: `${text}\n`, isUnchanged: false };
}

interface Entry {
  readonly name: string;
  readonly text?: string;
  readonly changes: readonly string[];
}

interface Section {
  readonly title: string;
  readonly advice?: string | undefined;
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
  readonly changed: readonly Entry[];
}

function compare(
  before: ReadonlyMap<string, Parts>,
  after: ReadonlyMap<string, Parts>,
): Pick<Section, "added" | "removed" | "changed"> {
  const only = (one: ReadonlyMap<string, Parts>, other: ReadonlyMap<string, Parts>): Entry[] =>
    [...one].filter(([name]) => !other.has(name)).map(([name, parts]) => {
      return { name, text: [...parts].map(pair).join("; "), changes: [] };
    });
  const changed = [...after].flatMap(([name, parts]): Entry[] => {
    const old = before.get(name);
    const changes = old === undefined ? [] : changesOf(old, parts);
    return changes.length === 0 ? [] : [{ name, changes }];
  });
  return { added: only(after, before), removed: only(before, after), changed };
}

function changesOf(before: Parts, after: Parts): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    if (old === now) return [];
    if (old === undefined) return `added ${code(pair([key, now ?? ""]))}`;
    if (now === undefined) return `removed ${code(pair([key, old]))}`;
    return `changed ${code(`${pair([key, old])} -> ${now}`)}`;
  });
}

function pair([key, text]: readonly [string, string]): string {
  return key === "" ? text : text === "" ? key : `${key}: ${text}`;
}

function methods({ whole, stable }: Protocol, union: keyof typeof MESSAGES): Map<string, Parts> {
  const known = paramsByMethod(stable, union);
  return new Map(
    [...paramsByMethod(whole, union)].map(([method, params]) => [
      method,
      new Map([
        ["", known.has(method) ? "stable" : "experimental"],
        ["params", Object.keys(params).length === 0 ? "none" : print(params)],
      ]),
    ]),
  );
}

/** Returns the parts of each type: a field by its path, a member of a union by what tells it apart. */
function types({ whole, stable }: Protocol): Map<string, Parts> {
  const names = Object.keys(whole).filter((name) => !(name in MESSAGES));
  return new Map(names.map((name) => {
    const parts = partsOf(whole[name] ?? {});
    const known = stable[name] === undefined ? parts : partsOf(stable[name]);
    const isStable = (key: string): boolean => known.has(key);
    return [
      name,
      new Map(
        [...parts].map(([key, text]) => [key, isStable(key) ? text : `${text} (experimental)`]),
      ),
    ];
  }));
}

function partsOf(schema: Schema): Map<string, string> {
  const parts = new Map<string, string>();
  const walk = (path: string, node: Schema, text: string | undefined): void => {
    const members = membersOf(node);
    const objects = members.filter(({ properties }) => properties !== undefined);
    const others = members.filter(({ properties }) => properties === undefined);
    if (text !== undefined) parts.set(path, text);
    else if (members.length === 1) parts.set(path, objects.length === 1 ? "" : print(node));
    else for (const member of others) parts.set(`| ${print(member)}`, "");
    for (const { items, additionalProperties } of others) {
      if (hasFields(items)) walk(`${path}[]`, items, "object");
      if (hasFields(additionalProperties)) walk(`${path}[key]`, additionalProperties, "object");
    }
    for (const { properties = {}, required = [] } of objects) {
      const tags = Object.entries(properties)
        .flatMap(([name, { enum: values }]) => values?.length === 1 ? `${name}=${values[0]}` : []);
      // Members without a fixed value are named by their only field: `{ "image": { url: string } }`.
      const key = tags.join(", ") || Object.keys(properties).join("/");
      const at = objects.length > 1 ? `${path}[${key}]` : path;
      if (objects.length > 1) parts.set(at, "");
      for (const [name, property] of Object.entries(properties)) {
        const optional = required.includes(name) ? "" : " (optional)";
        walk(at === "" ? name : `${at}.${name}`, property, print(property) + optional);
      }
    }
  };
  walk("", schema, undefined);
  if (parts.size > 1 && parts.get("") === "") parts.delete("");
  return parts;
}

/** Whether a schema has objects in it whose fields are parts of their own. */
function hasFields(schema: Schema | boolean | undefined): schema is Schema {
  return typeof schema === "object" &&
    membersOf(schema).some((one) => one.properties ?? hasFields(one.items));
}

/** Prints a type; the fields of an object in it are parts of their own. */
function print(schema: Schema): string {
  const texts = membersOf(schema).map((member): string => {
    const { type, enum: values, items, properties, additionalProperties } = member;
    const name = referenceOf(member);
    if (name !== undefined) return name;
    if (values !== undefined) return JSON.stringify(values[0]);
    if (items !== undefined) return `${print(items)}[]`;
    if (properties !== undefined || type === "object") {
      const value = typeof additionalProperties === "object" ? print(additionalProperties) : "";
      return value === "" ? "object" : `Record<string, ${value}>`;
    }
    return typeof type === "string" ? type : "any";
  });
  const rank = (text: string): string => text === "null" ? "~" : text;
  return [...new Set(texts)].sort((a, b) => rank(a) < rank(b) ? -1 : 1).join(" | ");
}

/** Returns the methods that reach each type through their params, or through a response of the same name. */
function reachOf(definitions: Definitions): Map<string, string[]> {
  const reach = new Map<string, string[]>();
  for (const union of Object.keys(MESSAGES) as (keyof typeof MESSAGES)[]) {
    for (const [method, params] of paramsByMethod(definitions, union)) {
      const open = referencesIn(params);
      open.push(...open.map((name) => name.replace(/Params$/, "Response")));
      for (const name of open) {
        const methods = reach.get(name) ?? [];
        if (methods.includes(method) || !(name in definitions)) continue;
        reach.set(name, [...methods, method]);
        open.push(...referencesIn(definitions[name] ?? {}));
      }
    }
  }
  return reach;
}

function referencesIn(schema: Schema): string[] {
  const found: string[] = [];
  JSON.stringify(schema, (key, value) => {
    if (key === "$ref") found.push(referenceOf({ $ref: value }) ?? "");
    return value;
  });
  return found;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MOST).map(code).join(", ");
  return names.length > MOST ? `${shown} and ${names.length - MOST} more` : shown;
}

/** Returns a code span that nothing in `text` can end: names from upstream are not trusted. */
function code(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const short = line.length > WIDTH ? `${line.slice(0, WIDTH)} ...` : line;
  const longest = Math.max(0, ...(short.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 ? `${fence} ${short} ${fence}` : `${fence}${short}${fence}`;
}
