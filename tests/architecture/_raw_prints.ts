/** Finds code that prints text of an agent without `printable()`, in programs, pages and doc comments. */
import ts from "typescript";

/** Members and variables that hold what a model, or a command that it runs, has written. */
const AGENT_TEXT = new Set([
  "aggregatedOutput",
  "chunk",
  "command",
  "delta",
  "diff",
  "file",
  "finalResponse",
  "piece",
  "problem",
  "prompt",
  "query",
  "script",
  "snippet",
  "stderr",
  "stdout",
]);

const PRINTS = /^(?:console\.\w+|process\.(?:stdout|stderr)\.write|alert|confirm|prompt)$/;

/** Streams of agent text: what a loop over them yields is such text, whatever its name. */
const STREAMS = /\.(?:textStream\(.*\)|output)$/s;

const COMPARISONS = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.InKeyword,
  ts.SyntaxKind.InstanceOfKeyword,
]);

/** Returns the calls that print text of an agent as it is, with their lines. */
export function rawPrints(code: string): { readonly line: number; readonly call: string }[] {
  const source = ts.createSourceFile("snippet.ts", code, ts.ScriptTarget.Latest, true);
  const found: { line: number; call: string }[] = [];
  const visit = (node: ts.Node, names: ReadonlySet<string>): void => {
    if (ts.isForOfStatement(node) && STREAMS.test(node.expression.getText())) {
      names = new Set([...names, node.initializer.getText().replace(/^(?:const|let) /, "")]);
    }
    if (ts.isCallExpression(node) && PRINTS.test(node.expression.getText())) {
      if (node.arguments.some((argument) => isRaw(argument, names))) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        found.push({ line: line + 1, call: node.getText() });
      }
    }
    ts.forEachChild(node, (child) => visit(child, names));
  };
  visit(source, AGENT_TEXT);
  return found;
}

/** Whether the value of an expression is or contains text of an agent. The console escapes what is inside of objects. */
function isRaw(node: ts.Node, names: ReadonlySet<string>): boolean {
  const of = (child: ts.Node): boolean => isRaw(child, names);
  if (ts.isIdentifier(node)) return names.has(node.text);
  if (ts.isPropertyAccessExpression(node)) {
    return node.name.text === "text" || names.has(node.name.text);
  }
  if (ts.isCallExpression(node)) {
    const called = node.expression.getText();
    if (called === "printable") return false;
    const owner = ts.isPropertyAccessExpression(node.expression)
      ? [node.expression.expression]
      : [];
    return [...owner, ...node.arguments].some(of);
  }
  if (ts.isConditionalExpression(node)) return of(node.whenTrue) || of(node.whenFalse);
  if (ts.isBinaryExpression(node) && COMPARISONS.has(node.operatorToken.kind)) return false;
  if (ts.isPrefixUnaryExpression(node) || ts.isTypeOfExpression(node)) return false;
  if (ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node)) return false;
  if (ts.isArrowFunction(node)) return of(node.body);
  return ts.forEachChild(node, (child) => of(child) || undefined) ?? false;
}

/** Returns the code of the fenced blocks of a page, and of those in the doc comments of a file. */
export function fencedCode(text: string): { readonly line: number; readonly code: string }[] {
  const blocks = text.matchAll(
    /^(?<indent>[ \t]*(?:\* )?)```(?:ts|js)\b.*\n(?<code>[^]*?)^[ \t]*(?:\* )?```$/gm,
  );
  return [...blocks].map(({ index, groups }) => ({
    line: text.slice(0, index).split("\n").length,
    code: (groups?.code ?? "").replace(/^[ \t]*\*(?: |$)/gm, ""),
  }));
}
