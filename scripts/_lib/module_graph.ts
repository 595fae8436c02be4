import { writeFileSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runCommand } from "./command.ts";
import { withScratch } from "./interruption.ts";
import { denoPath, projectRoot } from "./project.ts";

/** One import of a module. Paths are relative to the project; anything else keeps its specifier, such as `node:fs`. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** `type`: gone at run time; `dynamic`: an `import()`, loaded when asked for. */
  readonly kind: "static" | "type" | "dynamic";
}

interface DenoInfo {
  readonly modules: readonly DenoModule[];
}

interface DenoModule {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly DenoDependency[];
}

interface DenoDependency {
  readonly specifier: string;
  readonly isDynamic?: boolean;
  readonly code?: { readonly specifier?: string; readonly error?: string };
  readonly type?: { readonly specifier?: string; readonly error?: string };
}

/** The imports of `files` and of all they lead to, from `deno info --json`. */
export async function loadModuleGraph(
  files: readonly string[],
  root: string = projectRoot,
): Promise<Edge[]> {
  return await withScratch("module-graph-", async (folder) => {
    const entry = join(folder, "entry.ts");
    const lines = files.map((file) => `import "${pathToFileURL(join(root, file))}";\n`);
    writeFileSync(entry, lines.join(""));
    const config = `--config=${join(projectRoot, "deno.json")}`;
    const { code, stdout, output } = await runCommand(denoPath(), [
      "info",
      "--json",
      config,
      entry,
    ]);
    if (code !== 0) throw new Error(`deno info failed: ${output}`);
    return edgesOf(JSON.parse(stdout) as DenoInfo, pathToFileURL(entry).href, root);
  });
}

function edgesOf(info: DenoInfo, entry: string, root: string): Edge[] {
  return info.modules.filter(({ specifier }) => specifier !== entry).flatMap((module) => {
    if (module.error !== undefined) throw new Error(module.error);
    return (module.dependencies ?? []).map((dependency): Edge => {
      const { code, type, isDynamic } = dependency;
      const error = code?.error ?? type?.error;
      if (error !== undefined) throw new Error(error);
      return {
        from: projectPath(module.specifier, root),
        to: projectPath(code?.specifier ?? type?.specifier ?? dependency.specifier, root),
        kind: code === undefined ? "type" : isDynamic === true ? "dynamic" : "static",
      };
    });
  });
}

function projectPath(specifier: string, root: string): string {
  if (!specifier.startsWith("file:")) return specifier;
  const path = relative(root, fileURLToPath(specifier));
  return isAbsolute(path) || path.startsWith("..") ? specifier : path.split(sep).join("/");
}

/** What is loaded when `root` is imported: for each module, the one that imports it. */
export function staticReach(edges: readonly Edge[], root: string): Map<string, string> {
  const importers = new Map<string, string>([[root, ""]]);
  for (const module of importers.keys()) {
    for (const { from, to, kind } of edges) {
      if (from === module && kind === "static" && !importers.has(to)) importers.set(to, from);
    }
  }
  return importers;
}

/** The way from the root of `reach` to `module`: `mod.ts -> src/codex.ts -> node:fs`. */
export function pathTo(reach: ReadonlyMap<string, string>, module: string): string {
  const path = [module];
  for (let at = reach.get(module); at; at = reach.get(at)) path.unshift(at);
  return path.join(" -> ");
}
