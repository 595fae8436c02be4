/** What is done to the compiled modules, whoever compiled them, so that both ways end with the same package. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path/posix";
import ts from "typescript";
import { filesUnder } from "../_lib/project.ts";
import { DOCUMENTS, MODULE_FOLDER, type NpmManifest } from "./manifest.ts";

/** The library that declares `AsyncDisposable`; not every `lib` of a consumer has it. */
const DISPOSABLE = `/// <reference lib="esnext.disposable" />\n`;

/** Writes the manifest, copies the documents, and puts the last touches to modules and declarations. */
export function finishPackage(root: string, out: string, manifest: NpmManifest): void {
  // dnt's own: the list of `files` says what is packed.
  for (const extra of [".npmignore", `${MODULE_FOLDER}/package.json`]) {
    rmSync(join(out, extra), { force: true });
  }
  writeFileSync(join(out, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  for (const name of DOCUMENTS) copyFileSync(join(root, name), join(out, name));
  for (const { types } of Object.values(manifest.exports)) {
    const path = join(out, types);
    const text = readFileSync(path, "utf8");
    if (!text.startsWith(DISPOSABLE)) writeFileSync(path, DISPOSABLE + text);
  }
  for (const file of filesUnder(MODULE_FOLDER, ".js", out)) finishModule(out, file);
}

/**
 * Lets the map of a module name its source as it is called in the project, not where it was compiled. The map of a module
 * that holds types alone is removed: it would carry all their source for no line of code.
 */
function finishModule(out: string, file: string): void {
  const path = join(out, file);
  if (isEmptyModule(readFileSync(path, "utf8"))) {
    writeFileSync(path, "export {};\n");
    rmSync(`${path}.map`, { force: true });
    return;
  }
  const { sourceRoot: _, ...map } = JSON.parse(readFileSync(`${path}.map`, "utf8"));
  map.sources = [
    relative(dirname(file), file.slice(MODULE_FOLDER.length + 1).replace(/\.js$/, ".ts")),
  ];
  writeFileSync(`${path}.map`, JSON.stringify(map));
}

/** Whether nothing but an empty `export {}` is left of a module, comments aside: dnt keeps those. */
function isEmptyModule(code: string): boolean {
  return ts.createSourceFile("module.js", code, ts.ScriptTarget.Latest).statements.every((one) =>
    ts.isExportDeclaration(one) && one.moduleSpecifier === undefined &&
    one.exportClause !== undefined && ts.isNamedExports(one.exportClause) &&
    one.exportClause.elements.length === 0
  );
}
