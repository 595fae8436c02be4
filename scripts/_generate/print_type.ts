/** Prints types as this project writes them, and marks what is experimental. `deno fmt` breaks the lines. */
import ts from "typescript";
import { fieldsOf, nameOf } from "./read_protocol.ts";

const { factory, SyntaxKind } = ts;
const printer = ts.createPrinter();
const emptyObject = factory.createTypeReferenceNode("Record", [
  factory.createKeywordTypeNode(SyntaxKind.StringKeyword),
  factory.createKeywordTypeNode(SyntaxKind.NeverKeyword),
]);

/** Prints a type on one line, except for named objects and those with marked fields. */
export function printType(type: ts.TypeNode, marked: ReadonlySet<ts.Node> = new Set()): string {
  const { transformed: [plain] } = ts.transform<ts.TypeNode>(type, [(context) => (root) => {
    const visit = (node: ts.Node): ts.Node =>
      rewrite(ts.visitEachChild(node, visit, context), node);
    return visit(root) as ts.TypeNode;
  }]);
  const text = printer.printNode(
    ts.EmitHint.Unspecified,
    plain as ts.TypeNode,
    type.getSourceFile(),
  );
  return text.replaceAll("; }", " }").replace(/"([A-Za-z_$][\w$]*)"(?=\??: )/g, "$1");

  /** Rewrites a node whose children are rewritten already. */
  function rewrite(node: ts.Node, original: ts.Node): ts.Node {
    if (node.kind === SyntaxKind.BigIntKeyword) {
      return factory.createKeywordTypeNode(SyntaxKind.NumberKeyword); // JSON has no other numbers
    }
    if (marked.has(original)) {
      const { MultiLineCommentTrivia } = SyntaxKind;
      return ts.addSyntheticLeadingComment(node, MultiLineCommentTrivia, "* Experimental. ", true);
    }
    if (ts.isTypeReferenceNode(node) && (node.typeName as ts.Identifier).text === "Array") {
      return factory.createArrayTypeNode(node.typeArguments?.[0] as ts.TypeNode);
    }
    if (ts.isParenthesizedTypeNode(node) && isObject(node.type)) return node.type;
    if (ts.isUnionTypeNode(node)) {
      const texts = (original as ts.UnionTypeNode).types.map((part) => part.getText());
      const parts = node.types.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
      return factory.createUnionTypeNode(parts);
    }
    if (ts.isTypeLiteralNode(node)) {
      if (node.members.length === 0) return emptyObject;
      const isLong = ts.isTypeAliasDeclaration(original.parent) ||
        fieldsOf(original).some((field) => marked.has(field));
      return isLong ? node : ts.setEmitFlags(node, ts.EmitFlags.SingleLine);
    }
    return ts.isMappedTypeNode(node) ? ts.setEmitFlags(node, ts.EmitFlags.SingleLine) : node;
  }
}

function isObject(node: ts.Node): boolean {
  return ts.isTypeLiteralNode(node) || ts.isMappedTypeNode(node);
}

/** Returns the fields of `whole` that its stable twin lacks; of a variant that it lacks, those that name it. */
export function experimentalFields(whole: ts.TypeNode, stable: ts.TypeNode): Set<ts.Node> {
  const known = new Set<string>();
  walk(stable, "", (path) => known.add(path) !== undefined);
  const found = new Set<ts.Node>();
  walk(whole, "", (path, field) => {
    if (known.has(path)) return true;
    found.add(field);
    return false;
  });
  return found;
}

/**
 * Visits the fields in a type with their paths; a variant of a union is named by its first fixed value.
 *
 * @param visit returns whether to visit what is in the field, and beside it in a variant that it names
 */
function walk(
  node: ts.Node,
  path: string,
  visit: (path: string, field: ts.PropertySignature) => boolean,
): void {
  const fields = fieldsOf(node);
  if (fields.length === 0) return ts.forEachChild(node, (child) => walk(child, path, visit));
  const fixed = fields.filter(({ type }) => type !== undefined && ts.isLiteralTypeNode(type));
  const [tag] = fixed;
  const at = tag === undefined ? path : `${path}[${nameOf(tag)}=${tag.type?.getText()}]`;
  const enter = (field: ts.PropertySignature): boolean => visit(`${at}.${nameOf(field)}`, field);
  const known = fixed.map(enter);
  if (known[0] === false) return;
  for (const field of fields) {
    if (!fixed.includes(field) && enter(field)) {
      walk(field.type as ts.TypeNode, `${at}.${nameOf(field)}`, visit);
    }
  }
}
