/** Compares two shapes of one type, field by field and member by member. */
import ts from "typescript";
import { printFlat, propertyName } from "../_generate/print_type.ts";

/** A type with what is known about its parts. */
export interface Shape {
  readonly type: ts.TypeNode;
  /** The names that the upstream file uses, each with this project's name for the same type. */
  readonly names: ReadonlyMap<string, string>;
  /** The properties that need the experimental API. */
  readonly experimental: ReadonlySet<ts.TypeElement>;
}

/** One difference. */
export interface Change {
  /** Where: `limits[].max`, or `[type="image"].url` inside a member of a union; empty for the whole type. */
  readonly path: string;
  /** The type as it was; `undefined` for what was added. */
  readonly before?: string;
  /** The type as it is; `undefined` for what was removed. */
  readonly after?: string;
}

type Field = ts.PropertySignature | ts.IndexSignatureDeclaration;

/** Lists the differences; `isRenamed` says whether two names mean the same type. */
export function compareShapes(
  before: Shape,
  after: Shape,
  isRenamed: (before: string, after: string) => boolean,
): Change[] {
  const printed = (shape: Shape, node: ts.TypeNode): string =>
    printFlat(node, { nameOf: (local) => shape.names.get(local), isExperimental: () => false });
  const fieldText = (shape: Shape, field: Field): string => {
    return `${field.type ? printed(shape, field.type) : "unknown"}${marks(shape, field)}`;
  };
  const same = (a: ts.TypeNode, b: ts.TypeNode): boolean => {
    const [old, now] = [printed(before, a), printed(after, b)];
    return old === now || (isReference(a) && isReference(b) && isRenamed(old, now));
  };

  const walk = (path: string, one: ts.TypeNode, other: ts.TypeNode): Change[] => {
    const [a, b] = [bare(one), bare(other)];
    const [itemA, itemB] = [itemOf(a), itemOf(b)];
    if (itemA && itemB) return walk(`${path}[]`, itemA, itemB);
    if (ts.isMappedTypeNode(a) && ts.isMappedTypeNode(b) && a.type && b.type) {
      return walk(`${path}[key]`, a.type, b.type);
    }
    if (ts.isUnionTypeNode(a) || ts.isUnionTypeNode(b)) return walkUnion(path, [a], [b]);
    if (isObject(a) && isObject(b)) {
      const fields = walkFields(path, fieldsOf(a), fieldsOf(b));
      return [...fields, ...walkUnion(path, othersOf(a), othersOf(b))];
    }
    return same(a, b) ? [] : [{ path, before: printed(before, a), after: printed(after, b) }];
  };

  const walkFields = (
    path: string,
    old: ReadonlyMap<string, Field>,
    now: ReadonlyMap<string, Field>,
  ): Change[] =>
    [...new Set([...old.keys(), ...now.keys()])].flatMap((name): Change[] => {
      const [a, b] = [old.get(name), now.get(name)];
      const at = path === "" ? name : `${path}.${name}`;
      const whole: Change = {
        path: at,
        ...(a && { before: fieldText(before, a) }),
        ...(b && { after: fieldText(after, b) }),
      };
      if (!a?.type || !b?.type) return [whole];
      const inner = walk(at, a.type, b.type);
      const rest = inner.filter(({ path }) => path !== at);
      const differs = marks(before, a) !== marks(after, b) || rest.length < inner.length;
      return differs ? [whole, ...rest] : rest;
    });

  const walkUnion = (
    path: string,
    one: readonly ts.TypeNode[],
    other: readonly ts.TypeNode[],
  ): Change[] => {
    const [old, now] = [one.flatMap(membersOf), other.flatMap(membersOf)];
    const [lone, loneNow] = [old, now].map((nodes) => nodes.filter(isObject).length === 1);
    const pairs: [ts.TypeNode, ts.TypeNode][] = [];
    const added = [...now];
    let removed = old;
    const rules: ((a: ts.TypeNode, b: ts.TypeNode) => boolean)[] = [
      same,
      (a, b) => keyOf(a) !== "" && keyOf(a) === keyOf(b),
      // The only object of a union is the same one, whatever became of it.
      (a, b) => isObject(a) && isObject(b) && !!lone && !!loneNow,
      (a, b) => itemOf(a) !== undefined && itemOf(b) !== undefined,
    ];
    for (const fits of rules) {
      removed = removed.filter((a) => {
        const index = added.findIndex((b) => fits(a, b));
        for (const b of index < 0 ? [] : added.splice(index, 1)) pairs.push([a, b]);
        return index < 0;
      });
    }
    const inner = pairs.flatMap(([a, b]) => walk(path + tagOf(b), a, b));
    if (removed.length + added.length === 0) return inner;
    const [a, b] = [one[0], other[0]];
    const isList = Math.min(old.filter(isValue).length, now.filter(isValue).length) > 1;
    if (a && b && !isList) {
      return [{ path, before: printed(before, a), after: printed(after, b) }, ...inner];
    }
    const member = `${path} |`.trim();
    return [
      ...removed.map((node) => ({ path: member, before: printed(before, node) })),
      ...added.map((node) => ({ path: member, after: printed(after, node) })),
      ...inner,
    ];
  };
  return walk("", before.type, after.type);
}

function marks(shape: Shape, field: Field): string {
  const experimental = shape.experimental.has(field) ? " (experimental)" : "";
  return `${field.questionToken ? " (optional)" : ""}${experimental}`;
}

function bare(node: ts.TypeNode): ts.TypeNode {
  return ts.isParenthesizedTypeNode(node) ? bare(node.type) : node;
}

function isReference(node: ts.TypeNode, name?: string): node is ts.TypeReferenceNode {
  return ts.isTypeReferenceNode(node) &&
    (name ?? node.typeName.getText()) === node.typeName.getText();
}

function isValue(node: ts.TypeNode): boolean {
  return !ts.isLiteralTypeNode(node) || node.literal.kind !== ts.SyntaxKind.NullKeyword;
}

/** An object without fields is a `Record` in upstream's files. */
function isObject(node: ts.TypeNode): boolean {
  return ts.isTypeLiteralNode(node) || ts.isIntersectionTypeNode(node) ||
    isReference(node, "Record");
}

function itemOf(node: ts.TypeNode): ts.TypeNode | undefined {
  if (ts.isArrayTypeNode(node)) return node.elementType;
  return isReference(node, "Array") ? node.typeArguments?.[0] : undefined;
}

function membersOf(node: ts.TypeNode): ts.TypeNode[] {
  const inner = bare(node);
  return ts.isUnionTypeNode(inner) ? inner.types.flatMap(membersOf) : [inner];
}

function partsOf(node: ts.TypeNode): readonly ts.TypeNode[] {
  return ts.isIntersectionTypeNode(node) ? node.types.map(bare) : [node];
}

function othersOf(node: ts.TypeNode): ts.TypeNode[] {
  return partsOf(node).filter((part) =>
    !ts.isTypeLiteralNode(part) && !isReference(part, "Record")
  );
}

function fieldsOf(node: ts.TypeNode): Map<string, Field> {
  const members = partsOf(node).filter(ts.isTypeLiteralNode).flatMap((part) => [...part.members]);
  return new Map(members.flatMap((member): [string, Field][] => {
    if (ts.isIndexSignatureDeclaration(member)) return [["[key]", member]];
    return ts.isPropertySignature(member) ? [[propertyName(member), member]] : [];
  }));
}

/** What tells a member of a union apart, as `[type="image"]`; empty where no field is a fixed string. */
function tagOf(node: ts.TypeNode): string {
  const tags = [...fieldsOf(node)].flatMap(([name, { type }]) =>
    type && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)
      ? [`${name}=${JSON.stringify(type.literal.text)}`]
      : []
  );
  return tags.length === 0 ? "" : `[${tags.join(", ")}]`;
}

/** The tag, or the only field: upstream's `{ "image": { url: string } }`. */
function keyOf(node: ts.TypeNode): string {
  const names = [...fieldsOf(node).keys()];
  return tagOf(node) || (names.length === 1 ? names[0] ?? "" : "");
}
