/** Prints parsed types as this project writes them: shapes only, comments of its own. */
import ts from "typescript";

const GLOBALS: ReadonlySet<string> = new Set(["Record"]);

/** What the printer asks about a node. */
export interface PrintContext {
  /** This project's name of a referenced type; `undefined` when there is none. */
  readonly nameOf: (local: string) => string | undefined;
  /** Whether a property exists in the experimental protocol alone. */
  readonly isExperimental: (property: ts.TypeElement) => boolean;
}

function mappedKey(node: ts.MappedTypeNode, context: PrintContext): string {
  const { constraint } = node.typeParameter;
  if (!constraint) throw new Error("Cannot print: a mapped type without keys");
  return `[key in ${printType(constraint, context)}]${node.questionToken ? "?" : ""}`;
}

/** Parentheses are kept where they group: round an object they say nothing. */
function isGroup(node: ts.ParenthesizedTypeNode): boolean {
  return !ts.isTypeLiteralNode(node.type) && !ts.isMappedTypeNode(node.type);
}

/** Prints the fields of an object type, one per line, each with its marker. */
export function printFields(node: ts.TypeLiteralNode, context: PrintContext): string {
  const lines = node.members.map((member) => {
    const mark = context.isExperimental(member) ? "/** Experimental. */\n" : "";
    return `${mark}${printMember(member, context)};\n`;
  });
  return `{\n${lines.join("")}}`;
}

/**
 * Prints a type on one line, except for objects with experimental fields; `deno fmt` breaks the lines.
 *
 * @throws {Error} When upstream uses a kind of type that the printer has no form for.
 */
export function printType(node: ts.TypeNode, context: PrintContext): string {
  const flat = (part: ts.TypeNode): string => printType(part, context);
  if (ts.isTypeReferenceNode(node)) return printReference(node, context);
  if (ts.isUnionTypeNode(node)) return [...new Set(node.types.map(flat))].join(" | ");
  if (ts.isIntersectionTypeNode(node)) return node.types.map(flat).join(" & ");
  if (ts.isParenthesizedTypeNode(node)) {
    return isGroup(node) ? `(${flat(node.type)})` : flat(node.type);
  }
  if (ts.isArrayTypeNode(node)) return arrayOf(node.elementType, flat);
  if (ts.isTupleTypeNode(node)) return `[${node.elements.map(flat).join(", ")}]`;
  if (ts.isTypeLiteralNode(node)) {
    if (node.members.some(context.isExperimental)) return printFields(node, context);
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
  const flat = (part: ts.TypeNode): string => printType(part, context);
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
    return `${propertyHead(member)}: ${printType(member.type, context)}`;
  }
  if (ts.isIndexSignatureDeclaration(member)) {
    return `[key: string]: ${printType(member.type, context)}`;
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
