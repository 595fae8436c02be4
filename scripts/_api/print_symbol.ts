import ts from "typescript";
import type { PublicSymbol } from "./public_symbols.ts";

const printer = ts.createPrinter({ removeComments: true });

/** Turns `{@linkcode Name}` and names in code into Markdown. */
export type Link = (text: string) => string;

/** The section of one symbol: what it is, its declaration, its members, and what it throws. */
export function printSymbol({ name, declarations }: PublicSymbol, link: Link): string {
  const parts = [`### ${name}`];
  for (const declaration of declarations) {
    const commented = commentedNode(declaration);
    parts.push(link(comment(commented)), code(head(declaration)), ...throwsOf(commented, link));
    const members = membersOf(declaration).map((member) => printMember(member, link));
    parts.push(members.join("\n"));
  }
  return parts.filter((part) => part !== "").join("\n\n");
}

/** A class or an interface without its members; anything else as it is declared. */
function head(declaration: ts.Statement): string {
  if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) {
    const word = ts.isClassDeclaration(declaration) ? "class" : "interface";
    const parameters = declaration.typeParameters?.map((one) => one.getText()).join(", ");
    const bases = (declaration.heritageClauses ?? []).map((clause) => clause.getText());
    const name = declaration.name?.text + (parameters === undefined ? "" : `<${parameters}>`);
    return [word, name, ...bases].join(" ");
  }
  const text = printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile());
  return text.replace(/^export (declare )?/, "").replace(/^ {4}/gm, "  ");
}

function printMember(member: Member, link: Link): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, member, member.getSourceFile());
  const signature = text.replace(/\s+/g, " ").replace(/;$/, "").replace(/^override /, "");
  const thrown = throwsOf(member, link).map((one) => one.replace(/^/gm, "  "));
  const said = [link(comment(member)), defaultOf(member)].filter((text) => text !== "").join(" ");
  return [`- \`${signature}\`${said === "" ? "" : `: ${said}`}`, ...thrown].join("\n");
}

type Member = ts.ClassElement | ts.TypeElement;

/** The members of a class or an interface; of a type or a constant those that have a comment, as they are in its code. */
function membersOf(declaration: ts.Statement): Member[] {
  if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) {
    return publicMembers(declaration);
  }
  if (ts.isFunctionDeclaration(declaration)) return [];
  const members: Member[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeLiteralNode(node)) {
      members.push(...node.members.filter((member) => comment(member) !== ""));
    } else ts.forEachChild(node, visit);
  };
  visit(declaration);
  return members;
}

function publicMembers(owner: ts.ClassDeclaration | ts.InterfaceDeclaration): Member[] {
  const members = ([...owner.members] as Member[]).filter(isPublic);
  // The compiler declares a method with a computed name twice, once as a property.
  const methods = new Set(members.filter(ts.isMethodDeclaration).map(({ name }) => name.getText()));
  return members.filter((member) => {
    return !ts.isPropertyDeclaration(member) || !methods.has(member.name.getText());
  });
}

function isPublic(member: Member): boolean {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return false;
  if (!ts.canHaveModifiers(member)) return true;
  return !ts.getModifiers(member)?.some(({ kind }) => {
    return kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword;
  });
}

/** The text of the comment before its tags, as one paragraph. */
function comment(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return flatten(ts.getTextOfJSDocComment(doc?.comment));
}

/** The default of an option: the expression in the braces of `@default {64}`. */
function defaultOf(node: ts.Node): string {
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === "default");
  const value = flatten(ts.getTextOfJSDocComment(tag?.comment)).replace(/^\{(.*)\}$/, "$1");
  return value === "" ? "" : `Defaults to \`${value}\`.`;
}

function throwsOf(node: ts.Node, link: Link): string[] {
  const tags = ts.getJSDocTags(node).filter(ts.isJSDocThrowsTag).map((tag) => {
    const type = tag.typeExpression?.type.getText();
    const when = flatten(ts.getTextOfJSDocComment(tag.comment));
    return `- throws ${type === undefined ? "" : `${link(`{@linkcode ${type}}`)} `}${link(when)}`;
  });
  return tags.length === 0 ? [] : [tags.join("\n")];
}

function flatten(text: string | undefined): string {
  return (text ?? "").replace(/\s+/g, " ").trim();
}

/** The comment of a variable sits on its statement, that of everything else on itself. */
function commentedNode(declaration: ts.Statement): ts.Node {
  return ts.isVariableStatement(declaration)
    ? declaration.declarationList.declarations[0] ?? declaration
    : declaration;
}

/** `ignore` keeps the checker of code blocks away: these are declarations, no programs. */
function code(text: string): string {
  return "```ts ignore\n" + text + "\n```";
}
