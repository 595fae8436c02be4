/** Compares two versions of the protocol: methods by name, types by name. */
import type ts from "typescript";
import { findExperimental } from "../_generate/find_experimental.ts";
import {
  MESSAGE_UNIONS,
  type Method,
  type MethodTables,
  readMethods,
  referencedNames,
} from "../_generate/method_tables.ts";
import { printFlat } from "../_generate/print_type.ts";
import { type Declaration, type Declarations, readUpstream } from "../_generate/read_upstream.ts";
import type { UpstreamFolders } from "../_generate/run_upstream.ts";
import { type Change, compareShapes, type Shape } from "./compare_shapes.ts";

/** What became of one method or type. */
export interface Entry {
  readonly name: string;
  /** A method's stability and types, or a type's shape. */
  readonly text: string;
  /** The methods that reach a type; empty for a method. */
  readonly methods: readonly string[];
  /** What changed in it; empty for what was added or removed. */
  readonly changes: readonly Change[];
}

/** The differences of one kind of thing. */
export interface Section {
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
  readonly changed: readonly Entry[];
}

/** How one version of the protocol differs from another. */
export interface Drift {
  readonly from: string;
  readonly to: string;
  readonly sections: Readonly<Record<keyof MethodTables | "types", Section>>;
  /** Types that have another name and the same shape, as `[before, after]`. */
  readonly renamed: readonly (readonly [string, string])[];
}

interface Protocol {
  readonly whole: Declarations;
  readonly stable: Declarations;
  readonly tables: MethodTables;
}

const UNIONS: Readonly<Record<keyof MethodTables, string>> = {
  clientRequests: "ClientRequest",
  clientNotifications: "ClientNotification",
  serverRequests: "ServerRequest",
  serverNotifications: "ServerNotification",
};

/** The result of a request whose name says nothing about it. */
const UNKNOWN = "unknown (to be named in RESULTS of scripts/_generate/method_tables.ts)";

/** Compares the upstream files of two versions. */
export function compareProtocols(from: UpstreamFolders, to: UpstreamFolders): Drift {
  const [before, after] = [readProtocol(from), readProtocol(to)];
  const renames = new Map<string, { readonly names: [string, string]; same: boolean }>();
  const isRenamed = (old: string, now: string): boolean => {
    const [a, b] = [before.whole.get(old), after.whole.get(now)];
    if (!a || !b || after.whole.has(old) || before.whole.has(now)) return false;
    const key = JSON.stringify([old, now]);
    const known = renames.get(key);
    if (known !== undefined) return known.same;
    // True while it is looked at: a type may contain itself.
    const rename = { names: [old, now] as [string, string], same: true };
    renames.set(key, rename);
    rename.same = compareTypes(a, b).length === 0;
    return rename.same;
  };
  const compareTypes = (a: Declaration, b: Declaration): Change[] =>
    compareShapes(shapeOf(a, before), shapeOf(b, after), isRenamed);

  const compareMethods = (kind: keyof MethodTables): Section => {
    const experimental = new Set<never>();
    const shape = ({ message: type }: Method, { whole }: Protocol): Shape => {
      return { type, names: whole.get(UNIONS[kind])?.names ?? new Map(), experimental };
    };
    const changes = (a: Method, b: Method): Change[] => [
      ...compareText("stability", a.stability, b.stability),
      ...compareShapes(shape(a, before), shape(b, after), isRenamed),
      ...(a.result && b.result && isRenamed(a.result, b.result)
        ? []
        : compareText("result", a.result, b.result)),
    ];
    const entryOf = (method: Method): Entry => methodEntry(kind, method);
    return compareMaps(methodsOf(before, kind), methodsOf(after, kind), entryOf, changes);
  };
  const sections = {
    clientRequests: compareMethods("clientRequests"),
    clientNotifications: compareMethods("clientNotifications"),
    serverRequests: compareMethods("serverRequests"),
    serverNotifications: compareMethods("serverNotifications"),
  };
  const reach = new Map([...reachOf(before), ...reachOf(after)]);
  const typeEntry = (declaration: Declaration): Entry => {
    const { name, type, names } = declaration;
    return { name, text: print(type, names), methods: reach.get(name) ?? [], changes: [] };
  };
  const types = compareMaps(typesOf(before), typesOf(after), typeEntry, compareTypes);
  const renamed = [...renames.values()].filter(({ same }) => same).map(({ names }) => names);
  const names = new Set(renamed.flat());
  const others = (entries: readonly Entry[]): Entry[] =>
    entries.filter(({ name }) => !names.has(name));
  const { added, removed, changed } = types;
  return {
    from: from.version,
    to: to.version,
    sections: {
      ...sections,
      types: { added: others(added), removed: others(removed), changed },
    },
    renamed,
  };
}

function readProtocol({ experimental, stable: part }: UpstreamFolders): Protocol {
  const lenient = { lenient: true };
  const [whole, stable] = [readUpstream(experimental, lenient), readUpstream(part, lenient)];
  return { whole, stable, tables: readMethods(whole, stable, lenient) };
}

function compareMaps<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  entryOf: (value: T) => Entry,
  compareValues: (before: T, after: T) => Change[],
): Section {
  const only = (one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): Entry[] =>
    [...one].filter(([name]) => !other.has(name)).map(([, value]) => entryOf(value));
  const changed = [...after].flatMap(([name, value]) => {
    const old = before.get(name);
    const changes = old === undefined ? [] : compareValues(old, value);
    return changes.length === 0 ? [] : [{ ...entryOf(value), changes }];
  });
  return { added: only(after, before), removed: only(before, after), changed };
}

function compareText(path: string, before = UNKNOWN, after = UNKNOWN): Change[] {
  return before === after ? [] : [{ path, before, after }];
}

function methodsOf({ tables }: Protocol, kind: keyof MethodTables): Map<string, Method> {
  return new Map(tables[kind].map((method) => [method.method, method]));
}

function methodEntry(kind: keyof MethodTables, method: Method): Entry {
  const { method: name, stability, params, result = UNKNOWN } = method;
  const output = kind.endsWith("Requests") ? `, result: ${result}` : "";
  const text = `${stability}, params: ${params?.getText() ?? "none"}${output}`;
  return { name, text, methods: [], changes: [] };
}

function typesOf({ whole }: Protocol): Declarations {
  return new Map([...whole].filter(([name]) => !MESSAGE_UNIONS.has(name)));
}

function shapeOf({ name, type, names }: Declaration, { stable }: Protocol): Shape {
  const twin = stable.get(name);
  // Of a type that is experimental as a whole no part is marked: its methods say so.
  return { type, names, experimental: twin ? findExperimental(type, twin.type) : new Set() };
}

function print(type: ts.TypeNode, names: ReadonlyMap<string, string>): string {
  return printFlat(type, { nameOf: (local) => names.get(local), isExperimental: () => false });
}

/** Which methods reach a type through their params or result. */
function reachOf({ whole, tables }: Protocol): Map<string, string[]> {
  const reach = new Map<string, string[]>();
  for (const { method, params, result } of Object.values(tables).flat() as Method[]) {
    const open = [...(params ? referencedNames(params) : []), ...(result ? [result] : [])];
    for (const name of open) {
      const methods = reach.get(name) ?? [];
      if (methods.includes(method)) continue;
      reach.set(name, [...methods, method]);
      const { type, names } = whole.get(name) ?? {};
      for (const local of type ? referencedNames(type) : []) open.push(names?.get(local) ?? local);
    }
  }
  return reach;
}
