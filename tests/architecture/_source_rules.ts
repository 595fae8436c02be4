import ts from "typescript";

/** Maximum number of lines per file; a longer one probably contains more than one concept. */
const MAX_LINES = 500;

const clock = "use src/util/clock.ts";

/** The globals that a file may name only where its path matches. */
const GLOBALS: readonly { names: string; allowed: RegExp; fault: string }[] = [
  {
    names: "Deno Bun process",
    allowed: /^(?:transports|src\/testing)\//,
    fault: "the runtime belongs under transports/",
  },
  { names: "console", allowed: /^$/, fault: "the library writes nothing to the console" },
  {
    names: "performance Date setTimeout setInterval setImmediate",
    allowed: /^src\/util\/clock\.ts$|^src\/testing\//,
    fault: clock,
  },
];

/** The entry point is a list of names, and the client a list of its methods. */
const MAY_BE_LONG = /^(?:mod\.ts|src\/codex\.ts|src\/generated\/.*)$/;

/** Returns violations of the style rules that no lint rule covers, one line each. */
export function checkSource(path: string, text: string): string[] {
  const problems: string[] = [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const report = (node: ts.Node, fault: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    problems.push(`${path}:${line + 1} ${node.getText().split("\n")[0]}: ${fault}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isGlobalUse(node)) {
      for (const { names, allowed, fault } of GLOBALS) {
        if (names.split(" ").includes(node.text) && !allowed.test(path)) report(node, fault);
      }
    }
    const isTimeout = ts.isPropertyAccessExpression(node) &&
      node.getText() === "AbortSignal.timeout";
    if (isTimeout) report(node, clock);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const statement of source.statements) {
    for (const state of mutableState(statement)) report(state, "the module keeps mutable state");
    const exportsAll = ts.isExportDeclaration(statement) && statement.exportClause === undefined;
    if (exportsAll && !statement.getText().includes("generated/")) {
      report(statement, "name the exports");
    }
  }
  const lines = text.trimEnd().split("\n").length;
  if (lines > MAX_LINES && !MAY_BE_LONG.test(path)) {
    problems.push(`${path} has ${lines} lines, more than ${MAX_LINES}`);
  }
  return problems;
}

/**
 * What a statement of a module keeps and may change: a variable, a static field, or a constant that refers to an object made
 * on import, unless it is a table that nobody writes to (`ReadonlyMap`, `ReadonlySet`).
 */
function mutableState(statement: ts.Statement): readonly ts.Node[] {
  if (ts.isClassDeclaration(statement)) {
    return statement.members.filter((member) => {
      const { Static, Readonly } = ts.ModifierFlags;
      const flags = ts.getCombinedModifierFlags(member);
      if (!ts.isPropertyDeclaration(member) || (flags & Static) === 0) return false;
      return (flags & Readonly) === 0 || makesState(member);
    });
  }
  if (!ts.isVariableStatement(statement)) return [];
  const { flags, declarations } = statement.declarationList;
  return (flags & ts.NodeFlags.Const) === 0 ? [statement] : declarations.filter(makesState);
}

function makesState(
  { type, initializer }: ts.VariableDeclaration | ts.PropertyDeclaration,
): boolean {
  const tables = /\bReadonly(?:Map|Set)\b/.test(type?.getText() ?? "") ? ["Map", "Set"] : [];
  const isMade = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isNewExpression(node) && ![...tables, "RegExp"].includes(node.expression.getText())) {
      return true;
    }
    return ts.forEachChild(node, isMade) ?? false;
  };
  const isEmpty = initializer !== undefined && ["{}", "[]"].includes(initializer.getText());
  return isEmpty || (initializer !== undefined && isMade(initializer));
}

/** Whether an identifier refers to the global of that name, and is not a member, a declared name or a label. */
function isGlobalUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return parent.expression.getText() === "globalThis";
  }
  // `globalThis as { Deno?: ... }` also uses Deno; a parameter or a field called `process` does not.
  if (ts.isPropertySignature(parent) && parent.name === node) return node.text !== "process";
  return !("name" in parent && parent.name === node) && !ts.isQualifiedName(parent) &&
    !ts.isImportSpecifier(parent) && !ts.isExportSpecifier(parent);
}
