import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { filesUnder, projectRoot } from "./project.ts";

/** Returns the files of every test by its name, without trailing requirement ids. */
export function namedTests(): Map<string, string[]> {
  const tests = new Map<string, string[]>();
  for (const file of filesUnder("tests", "_test.ts")) {
    const text = readFileSync(join(projectRoot, file), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        const [name] = node.arguments;
        if (node.expression.text === "test" && name && ts.isStringLiteralLike(name)) {
          const plain = withoutIds(name.text);
          tests.set(plain, [...tests.get(plain) ?? [], file]);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return tests;
}

/** Returns the name of a test without trailing requirement ids: `... [R-01] [R-02]`. */
export function withoutIds(name: string): string {
  return name.replace(/(\s*\[R-\d+\])+$/, "");
}
