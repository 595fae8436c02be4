/** Finds the properties that upstream leaves out of its stable files. */
import ts from "typescript";
import { propertyName } from "./print_type.ts";

/** Collects the properties of `whole` that its stable twin lacks; of a whole variant, those that name it. */
export function findExperimental(whole: ts.TypeNode, stable: ts.TypeNode): Set<ts.TypeElement> {
  const found = new Set<ts.TypeElement>();
  compareTypes(whole, stable, found);
  return found;
}

function compareTypes(whole: ts.TypeNode, stable: ts.TypeNode, found: Set<ts.TypeElement>): void {
  if (ts.isParenthesizedTypeNode(whole) && ts.isParenthesizedTypeNode(stable)) {
    compareTypes(whole.type, stable.type, found);
  } else if (ts.isTypeLiteralNode(whole) && ts.isTypeLiteralNode(stable)) {
    compareFields(whole, stable, found);
  } else if (isList(whole) && isList(stable)) {
    for (const [index, part] of whole.types.entries()) {
      const twin = findTwin(part, index, whole, stable);
      if (twin) compareTypes(part, twin, found);
      else for (const member of literalFields(part)) found.add(member);
    }
  }
}

function compareFields(
  whole: ts.TypeLiteralNode,
  stable: ts.TypeLiteralNode,
  found: Set<ts.TypeElement>,
): void {
  for (const member of whole.members) {
    if (!ts.isPropertySignature(member)) continue;
    const name = propertyName(member);
    const twin = stable.members.filter(ts.isPropertySignature)
      .find((other) => propertyName(other) === name);
    if (!twin) found.add(member);
    else if (member.type && twin.type) compareTypes(member.type, twin.type, found);
  }
}

type TypeList = ts.UnionTypeNode | ts.IntersectionTypeNode;

function isList(node: ts.TypeNode): node is TypeList {
  return ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node);
}

/** Parts of unions pair up by position, or by their literal fields where upstream left parts out. */
function findTwin(
  part: ts.TypeNode,
  index: number,
  whole: TypeList,
  stable: TypeList,
): ts.TypeNode | undefined {
  if (whole.types.length === stable.types.length) return stable.types[index];
  const own = literalTexts(part);
  return stable.types.find((other) => {
    const texts = literalTexts(other);
    return texts.length > 0 && texts.every((text) => own.includes(text));
  });
}

/** Returns the fields of an object type whose value is fixed, such as `type: "text"`. */
export function literalFields(node: ts.TypeNode): ts.PropertySignature[] {
  if (!ts.isTypeLiteralNode(node)) return [];
  return node.members.filter(ts.isPropertySignature)
    .filter(({ type }) => type !== undefined && ts.isLiteralTypeNode(type));
}

function literalTexts(node: ts.TypeNode): string[] {
  return literalFields(node).map((field) => `${propertyName(field)}: ${field.type?.getText()}`);
}
