/** Prints parsed types as this project writes them: shapes only, comments of its own, 100 columns. */
import ts from "typescript";

const WIDTH = 100;
const GLOBALS: ReadonlySet<string> = new Set(["Record"]);

/** What the printer asks about a node. */
export interface PrintContext {
  /** This project's name of a referenced type; `undefined` when there is none. */
  readonly nameOf: (local: string) => string | undefined;
  /** Whether a property exists in the experimental protocol alone. */
  readonly isExperimental: (property: ts.TypeElement) => boolean;
}

/**
 * Prints `type`, whose first line starts at `column` of a line indented by `indent` spaces.
 *
 * @throws {Error} When upstream uses a kind of type that the printer has no form for.
 */
export function printType(
  type: ts.TypeNode,
  context: PrintContext,
  { indent = 0, column = 0 }: { readonly indent?: number; readonly column?: number } = {},
): string {
  const flat = printFlat(type, context);
  const fits = column + flat.length + 1 <= WIDTH;
  if (fits && !hasExperimental(type, context)) return flat;
  return printBroken(type, context, indent) ?? flat;
}

/** Prints the fields of an object type, one per line, each with its marker. */
export function printFields(node: ts.TypeLiteralNode, context: PrintContext, indent = 0): string {
  const pad = " ".repeat(indent + 2);
  const lines = node.members.map((member) => {
    if (!ts.isPropertySignature(member) || !member.type) {
      return `${pad}${printMember(member, context)};`;
    }
    const head = `${pad}${propertyHead(member)}: `;
    const type = printType(member.type, context, { indent: indent + 2, column: head.length });
    const line = `${head}${type};`.replace(/: \n/, ":\n");
    return context.isExperimental(member) ? `${pad}/** Experimental. */\n${line}` : line;
  });
  return `{\n${lines.join("\n")}\n${" ".repeat(indent)}}`;
}

function printBroken(node: ts.TypeNode, context: PrintContext, indent: number): string | undefined {
  if (ts.isParenthesizedTypeNode(node) && !isGroup(node)) {
    return printType(node.type, context, { indent, column: WIDTH });
  }
  if (ts.isParenthesizedTypeNode(node)) {
    const pad = " ".repeat(indent);
    const inner = printType(node.type, context, { indent: indent + 2, column: WIDTH });
    return inner.startsWith("\n") ? `(${inner}\n${pad})` : `(${inner})`;
  }
  if (ts.isTypeLiteralNode(node)) return printFields(node, context, indent);
  if (ts.isMappedTypeNode(node) && node.type) {
    const head = `${" ".repeat(indent + 2)}${mappedKey(node, context)}: `;
    const value = printType(node.type, context, { indent: indent + 2, column: head.length });
    return `{\n${head}${value};\n${" ".repeat(indent)}}`.replace(": \n", ":\n");
  }
  if (ts.isUnionTypeNode(node)) {
    const fields = nullableObject(node);
    if (fields) return `${printFields(fields, context, indent)} | null`;
    const pad = `\n${" ".repeat(indent + 2)}| `;
    const place = { indent: indent + 4, column: indent + 4 };
    const parts = node.types.map((part) => printType(part, context, place));
    return [...new Set(parts)].map((part) => `${pad}${part}`).join("");
  }
  if (ts.isIntersectionTypeNode(node)) {
    const place = { indent, column: WIDTH };
    return node.types.map((part) => printType(part, context, place)).join(" & ");
  }
  return undefined;
}

/** Parentheses are kept where they group: round an object they say nothing. */
function isGroup(node: ts.ParenthesizedTypeNode): boolean {
  return !ts.isTypeLiteralNode(node.type) && !ts.isMappedTypeNode(node.type);
}

function mappedKey(node: ts.MappedTypeNode, context: PrintContext): string {
  const { constraint } = node.typeParameter;
  if (!constraint) throw new Error("Cannot print: a mapped type without keys");
  return `[key in ${printFlat(constraint, context)}]${node.questionToken ? "?" : ""}`;
}

function nullableObject(node: ts.UnionTypeNode): ts.TypeLiteralNode | undefined {
  const [first, second, ...rest] = node.types;
  if (!first || !second || rest.length > 0 || !ts.isTypeLiteralNode(first)) return undefined;
  const isNull = ts.isLiteralTypeNode(second) && second.literal.kind === ts.SyntaxKind.NullKeyword;
  return isNull ? first : undefined;
}

/** Prints a type on one line, without markers. */
export function printFlat(node: ts.TypeNode, context: PrintContext): string {
  const flat = (part: ts.TypeNode): string => printFlat(part, context);
  if (ts.isTypeReferenceNode(node)) return printReference(node, context);
  if (ts.isUnionTypeNode(node)) return [...new Set(node.types.map(flat))].join(" | ");
  if (ts.isIntersectionTypeNode(node)) return node.types.map(flat).join(" & ");
  if (ts.isParenthesizedTypeNode(node)) {
    return isGroup(node) ? `(${flat(node.type)})` : flat(node.type);
  }
  if (ts.isArrayTypeNode(node)) return arrayOf(node.elementType, flat);
  if (ts.isTupleTypeNode(node)) return `[${node.elements.map(flat).join(", ")}]`;
  if (ts.isTypeLiteralNode(node)) {
    const members = node.members.map((member) => printMember(member, context));
    return members.length === 0 ? "Record<string, never>" : `{ ${members.join("; ")} }`;
  }
  if (ts.isMappedTypeNode(node) && node.type) {
    return `{ ${mappedKey(node, context)}: ${flat(node.type)} }`;
  }
  if (ts.isLiteralTypeNode(node)) return printLiteral(node.literal);
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return "string";
    case ts.SyntaxKind.NumberKeyword:
    case ts.SyntaxKind.BigIntKeyword: // JSON has numbers only: `JSON.parse` never gives a bigint
      return "number";
    case ts.SyntaxKind.BooleanKeyword:
      return "boolean";
    case ts.SyntaxKind.UndefinedKeyword:
      return "undefined";
    case ts.SyntaxKind.UnknownKeyword:
      return "unknown";
    case ts.SyntaxKind.NeverKeyword:
      return "never";
    default:
      throw new Error(`Cannot print: no form for "${ts.SyntaxKind[node.kind]}"`);
  }
}

function printReference(node: ts.TypeReferenceNode, context: PrintContext): string {
  const local = (node.typeName as ts.Identifier).text;
  const args = node.typeArguments ?? [];
  const flat = (part: ts.TypeNode): string => printFlat(part, context);
  const name = context.nameOf(local);
  if (name !== undefined && args.length === 0) return name;
  if (local === "Array" && args[0]) return arrayOf(args[0], flat);
  if (GLOBALS.has(local)) return `${local}<${args.map(flat).join(", ")}>`;
  throw new Error(`Cannot print: unknown type "${local}"`);
}

function arrayOf(element: ts.TypeNode, flat: (node: ts.TypeNode) => string): string {
  const compound = ts.isUnionTypeNode(element) || ts.isIntersectionTypeNode(element);
  return compound ? `(${flat(element)})[]` : `${flat(element)}[]`;
}

/** Prints one field of an object type on one line, without its semicolon. */
export function printMember(member: ts.TypeElement, context: PrintContext): string {
  if (ts.isPropertySignature(member) && member.type) {
    return `${propertyHead(member)}: ${printFlat(member.type, context)}`;
  }
  if (ts.isIndexSignatureDeclaration(member)) {
    return `[key: string]: ${printFlat(member.type, context)}`;
  }
  throw new Error(`Cannot print: no form for "${ts.SyntaxKind[member.kind]}"`);
}

function propertyHead(member: ts.PropertySignature): string {
  const name = propertyName(member);
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  return `${key}${member.questionToken ? "?" : ""}`;
}

/** Returns the name of a property, quoted or not. */
export function propertyName(member: ts.TypeElement): string {
  const { name } = member;
  if (name && (ts.isIdentifier(name) || ts.isStringLiteral(name))) return name.text;
  throw new Error("Cannot print: a property without a plain name");
}

function printLiteral(literal: ts.LiteralTypeNode["literal"]): string {
  if (ts.isStringLiteral(literal)) return JSON.stringify(literal.text);
  if (ts.isNumericLiteral(literal)) return literal.text;
  if (literal.kind === ts.SyntaxKind.NullKeyword) return "null";
  if (literal.kind === ts.SyntaxKind.TrueKeyword) return "true";
  if (literal.kind === ts.SyntaxKind.FalseKeyword) return "false";
  throw new Error(`Cannot print: no form for "${ts.SyntaxKind[literal.kind]}"`);
}

function hasExperimental(node: ts.Node, context: PrintContext): boolean {
  if (ts.isPropertySignature(node) && context.isExperimental(node)) return true;
  return ts.forEachChild(node, (child) => hasExperimental(child, context) || undefined) ?? false;
}
