/** Where versions stand in the sources. `deno.json` is what counts; tests hold the others to it. */

/** What is written. */
export interface Stamp {
  /** The version of the SDK. */
  readonly version: string;
  /** The version of Codex that it carries. */
  readonly runtime: string;
}

/** The file that names each version, and the text around it. */
const PLACES: readonly { file: string; pattern: RegExp; of: keyof Stamp }[] = [
  { file: "deno.json", pattern: /^( {2}"version": ")[^"]+(",)$/m, of: "version" },
  { file: "src/util/sdk_version.ts", pattern: /(SDK_VERSION: string = ")[^"]+(")/, of: "version" },
  {
    file: "src/process/runtime_version.ts",
    pattern: /(RUNTIME_VERSION: string = ")[^"]+(")/,
    of: "runtime",
  },
  // The commands of the page take the version in use alone.
  {
    file: "docs/runtime-packages.md",
    pattern: /(--(?:codex|runtime)-version=(?:rust-v)?)\d[\w.-]*()/g,
    of: "runtime",
  },
  // As the dependency, and in place of what other packages would bring.
  { file: "package.json", pattern: /("@openai\/codex": ")[^"]+(")/g, of: "runtime" },
];

/**
 * The files with other content than now, by their path from the root of the project.
 *
 * @throws {TypeError} when a file names no version where it should
 */
export function stampVersions(
  stamp: Stamp,
  read: (file: string) => string,
): Map<string, string> {
  const changed = new Map<string, string>();
  for (const { file, pattern, of } of PLACES) {
    const before = read(file);
    let found = 0;
    const after = before.replace(pattern, (_, start: string, end: string) => {
      found += 1;
      return start + stamp[of] + end;
    });
    if (found === 0) throw new TypeError(`"${file}" names no version`);
    if (after !== before) changed.set(file, after);
  }
  return changed;
}
