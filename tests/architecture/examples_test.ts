import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const examples = filesUnder("examples", ".ts");

/** What an example imports besides the package: a file beside it, Node, or a package that it shows. */
const EXAMPLE_IMPORTS = /^node:|^zod$|^ai$|^hono$|^@opentelemetry\/|^\.\/_\w+\.ts$/;
/** The same of the examples of the web and of the fleet, which have folders. */
const WEB_IMPORTS = /^node:|^(?:dompurify|esbuild|highlight\.js|lit-html|marked)(?:\/|$)/;

test("the examples import only public modules", () => {
  const allowed = Object.keys(entryPoints()).map((name) => `@codex-app-server/sdk${name.slice(1)}`);
  const imports = examples.flatMap((file) => {
    const text = readFileSync(join(projectRoot, file), "utf8");
    return ts.preProcessFile(text).importedFiles.map(({ fileName }) => ({ file, fileName }));
  });
  assert(imports.length > examples.length);
  const others = imports.filter(({ file, fileName }) => {
    if (allowed.includes(fileName)) return false;
    if (!/^examples\/(?:web|fleet)\//.test(file)) return !EXAMPLE_IMPORTS.test(fileName);
    const isBeside = join(file, "..", fileName).startsWith(join("examples", "/"));
    return !WEB_IMPORTS.test(fileName) && !(fileName.startsWith(".") && isBeside);
  });
  assertEquals(others, []);
});

test("the examples are numbered without gaps and listed in their index", () => {
  const programs = examples.filter((file) => /\/\d\d_/.test(file));
  const numbers = programs.map((file) => Number(/\/(\d\d)_/.exec(file)?.[1]));
  assertEquals(numbers, numbers.map((_, index) => index + 1));
  const index = readFileSync(join(projectRoot, "examples/README.md"), "utf8");
  const links = [...index.matchAll(/\]\((\d\d_\w+\.ts)\)/g)].map(([, file = ""]) => file);
  assertEquals(links, programs.map((file) => file.replace("examples/", "")));
  assert(links.every((file) => existsSync(join(projectRoot, "examples", file))));
});
