/** The files of the page, bundled in memory: nobody has to build anything. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly body: string;
}

/** Bundles the page and returns its files by path. */
export async function bundlePage(): Promise<ReadonlyMap<string, PageFile>> {
  const path = (name: string): string => fileURLToPath(new URL(`./page/${name}`, import.meta.url));
  const read = (name: string): Promise<string> => readFile(path(name), "utf8");
  return new Map([
    ["/", { type: "text/html", body: await read("index.html") }],
    ["/style.css", { type: "text/css", body: await read("style.css") }],
    ["/cards.css", { type: "text/css", body: await read("cards.css") }],
    ["/main.js", { type: "text/javascript", body: await bundle(path("main.ts")) }],
  ]);
}

/** Bundles a module for pages. */
export async function bundle(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  await stop();
  return outputFiles[0]?.text ?? "";
}
