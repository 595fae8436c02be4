/** Writes the one line of documentation that each type gets: what it is and where it is used. */
import ts from "typescript";
import { literalFields } from "./find_experimental.ts";
import { type MethodTables, referencedNames } from "./method_tables.ts";
import { propertyName } from "./print_type.ts";
import { compare, type Declaration, type Declarations } from "./read_upstream.ts";

/** Returns a description for each type, by name. */
export function describeTypes(
  declarations: Declarations,
  tables: MethodTables,
): ReadonlyMap<string, string> {
  const roles = methodRoles(tables);
  const users = usersOf(declarations);
  return new Map(
    [...declarations.values()].map((declaration) => {
      const { name } = declaration;
      const role = roles.get(name);
      const text = role
        ? `${role.what} ${enumerate([...role.methods].sort(compare).map((it) => `\`${it}\``))}.`
        : `${kindOf(declaration)}${usage(users.get(name) ?? [])}.`;
      return [name, text];
    }),
  );
}

interface Role {
  readonly what: string;
  readonly methods: Set<string>;
}

function methodRoles(tables: MethodTables): Map<string, Role> {
  const roles = new Map<string, Role>();
  const add = (name: string, what: string, method: string): void => {
    const role = roles.get(name) ?? { what, methods: new Set() };
    role.methods.add(method);
    roles.set(name, role);
  };
  const lists = [
    [tables.clientRequests, "Params of", "Result of"],
    [tables.serverRequests, "Params of the server's request", "Answer to the server's request"],
    [tables.serverNotifications, "Payload of", ""],
    [tables.clientNotifications, "Payload of", ""],
  ] as const;
  for (const [methods, input, output] of lists) {
    for (const { method, params, result } of methods) {
      const [name] = params ? referencedNames(params) : [];
      if (name !== undefined) add(name, input, method);
      if (result !== undefined) add(result, output, method);
    }
  }
  return roles;
}

function usersOf(declarations: Declarations): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const { name, type, names } of declarations.values()) {
    for (const local of new Set(referencedNames(type))) {
      const used = names.get(local);
      if (used !== undefined && used !== name) users.set(used, [...(users.get(used) ?? []), name]);
    }
  }
  return users;
}

function usage(users: readonly string[]): string {
  const [first, second] = users.map((name) => `{@linkcode ${name}}`);
  if (first === undefined) return "";
  if (users.length === 1) return `, part of ${first}`;
  if (users.length === 2) return `, part of ${first} and ${second}`;
  return `, part of ${first} and ${users.length - 1} others`;
}

function enumerate(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

function kindOf({ type }: Declaration): string {
  if (ts.isUnionTypeNode(type)) return unionKind(type.types);
  if (ts.isTypeLiteralNode(type)) return objectKind(type);
  if (ts.isIntersectionTypeNode(type)) {
    const variants = type.types.find((part) => ts.isParenthesizedTypeNode(part));
    const union = variants && ts.isUnionTypeNode(variants.type) ? variants.type : undefined;
    return union ? unionKind(union.types) : `Object of ${type.types.length} parts`;
  }
  if (ts.isMappedTypeNode(type)) return "Values by key";
  if (ts.isLiteralTypeNode(type)) return "One fixed value";
  if (type.kind === ts.SyntaxKind.StringKeyword) return "A string";
  if (type.kind === ts.SyntaxKind.NumberKeyword) return "A number";
  if (ts.isTypeReferenceNode(type)) {
    const local = (type.typeName as ts.Identifier).text;
    return local === "Array" ? "A list" : local === "Record" ? "An object" : "Another name";
  }
  throw new Error(`Cannot describe: no words for "${ts.SyntaxKind[type.kind]}"`);
}

function objectKind(type: ts.TypeLiteralNode): string {
  const count = type.members.length;
  return count === 1 ? "Object with one field" : `Object with ${count} fields`;
}

function unionKind(types: readonly ts.TypeNode[]): string {
  if (types.every((part) => ts.isLiteralTypeNode(part))) return `One of ${types.length} values`;
  const [first, ...rest] = types.map(literalNames);
  const key = first?.find((name) => rest.every((names) => names.includes(name)));
  const count = `One of ${types.length} shapes`;
  return key === undefined ? count : `${count} told apart by \`${key}\``;
}

function literalNames(type: ts.TypeNode): string[] {
  if (ts.isIntersectionTypeNode(type)) return type.types.flatMap(literalNames);
  return literalFields(type).map(propertyName);
}
