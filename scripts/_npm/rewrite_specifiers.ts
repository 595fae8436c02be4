import ts from "typescript";

/**
 * Turns `./module.ts` into `./module.js` in a declaration file: the compiler's own option does so in modules alone, and a
 * consumer has no `.ts` files.
 */
export function rewriteSpecifiers(
  context: ts.TransformationContext,
): ts.Transformer<ts.SourceFile | ts.Bundle> {
  const { factory } = context;
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isStringLiteral(node) && isSpecifier(node) && isRelativeSource(node.text)) {
      return factory.createStringLiteral(node.text.replace(/\.ts$/, ".js"));
    }
    return ts.visitEachChild(node, visit, context);
  };
  return (file) => ts.isSourceFile(file) ? ts.visitEachChild(file, visit, context) : file;
}

/** Whether a string names a module: in `from "..."`, `import("...")`, or `declare module "..."`. */
function isSpecifier(node: ts.StringLiteral): boolean {
  // A node that the compiler made up for the declaration file has no parent of its own.
  const parent = (ts.getOriginalNode(node) as ts.Node | undefined)?.parent;
  if (parent === undefined) return false;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  return ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent);
}

function isRelativeSource(specifier: string): boolean {
  return /^\.{1,2}\/.*(?<!\.d)\.ts$/.test(specifier);
}
