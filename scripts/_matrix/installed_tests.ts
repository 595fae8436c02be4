import { createRequire } from "node:module";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { libraryFiles } from "../_lib/package_files.ts";
import { projectRoot } from "../_lib/project.ts";

/**
 * Puts tests of the project, compiled, into the folder of an installed package's modules: there, what they import by
 * relative paths is the package's, not the source. Gives the paths of the tests.
 *
 * @throws {Error} when a test imports a source file that the package does not hold
 */
export function installTests(tests: readonly string[], modules: string): string[] {
  const library = new Set(libraryFiles());
  const written = new Set<string>();
  const waiting = [...tests];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (written.has(file)) continue;
    written.add(file);
    const text = readFileSync(join(projectRoot, file), "utf8");
    const imports = importedFiles(file, text).filter((one) => !library.has(one));
    const outside = imports.find((one) => !one.startsWith("tests/"));
    if (outside !== undefined) {
      throw new Error(`"${file}" imports "${outside}", which is not packed`);
    }
    waiting.push(...imports);
    const target = join(modules, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, compiled(text));
  }
  return tests.map((file) => join(modules, file.replace(/\.ts$/, ".js")));
}

/** The files of the project that a file imports, relative to the project. */
function importedFiles(file: string, text: string): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => posix.join(posix.dirname(file), name));
}

function compiled(text: string): string {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  });
  // The tools of the tests are the project's own; the package does not depend on them.
  const { resolve } = createRequire(join(projectRoot, "package.json"));
  const urlOf = (module: string): string => JSON.stringify(pathToFileURL(resolve(module)).href);
  return outputText
    .replace(/(["'])@std\/(\w+)\1/g, (_all, _quote, name) => urlOf(`deno-std/${name}/mod.js`))
    .replace(/(["'])(@sinonjs\/fake-timers)\1/g, (_all, _quote, name) => urlOf(name));
}
