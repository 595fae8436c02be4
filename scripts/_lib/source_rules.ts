import ts from "typescript";

/** Maximum number of lines per file; a longer one probably contains more than one concept. */
const maxLines = 500;

const runtimeNames = new Set(["Deno", "Bun", "process"]);

/** The globals that read the time or set a timer. */
const timeNames = new Set([
  "performance",
  "Date",
  "setTimeout",
  "setInterval",
  "setImmediate",
]);

/** The files that may use them: the clock and the test kit. */
const timeAllowed = /^src\/util\/clock\.ts$|^src\/testing\//;

/** Returns violations of the style rules that no lint rule covers, one line each. */
export function checkSource(path: string, text: string): string[] {
  const problems: string[] = [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const report = (node: ts.Node, message: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    problems.push(`${path}:${line + 1} ${message}`);
  };
  const runtimeAllowed = /^(transports|src\/testing)\//.test(path);

  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isGlobalUse(node)) {
      if (!runtimeAllowed && runtimeNames.has(node.text)) {
        report(node, `names the runtime's "${node.text}": that belongs under transports/`);
      }
      if (node.text === "console") report(node, "writes to the console");
      if (timeNames.has(node.text) && !timeAllowed.test(path)) {
        report(node, `uses "${node.text}": use src/util/clock.ts`);
      }
    }
    if (ts.isPropertyAccessExpression(node) && node.getText() === "AbortSignal.timeout") {
      report(node, 'uses "AbortSignal.timeout": use src/util/clock.ts');
    }
    ts.forEachChild(node, visit);
  };
  visit(source);

  for (const statement of source.statements) {
    if (
      ts.isVariableStatement(statement) && !(statement.declarationList.flags & ts.NodeFlags.Const)
    ) {
      report(statement, "keeps mutable state in the module");
    }
    const exportsAll = ts.isExportDeclaration(statement) && statement.exportClause === undefined;
    if (exportsAll && !/generated\//.test(statement.moduleSpecifier?.getText() ?? "")) {
      report(statement, "exports everything of another module: name the exports");
    }
  }

  const lines = text.trimEnd().split("\n").length;
  // The entry point is a list of names, and the client a list of its methods.
  const mayBeLong = path === "mod.ts" || path === "src/codex.ts" ||
    path.startsWith("src/generated/");
  if (lines > maxLines && !mayBeLong) {
    problems.push(`${path} has ${lines} lines, more than ${maxLines}`);
  }
  return problems;
}

/** Whether an identifier refers to the global of that name, and is not a member, a declared name or a label. */
function isGlobalUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return parent.expression.getText() === "globalThis";
  }
  // `globalThis as { Deno?: ... }` also uses Deno; a parameter or a field called `process` does not.
  if (ts.isPropertySignature(parent) && parent.name === node) return node.text !== "process";
  const declares = "name" in parent && parent.name === node;
  return !declares && !ts.isQualifiedName(parent) && !ts.isImportSpecifier(parent) &&
    !ts.isExportSpecifier(parent) && !(ts.isPropertyAssignment(parent) && parent.name === node);
}
