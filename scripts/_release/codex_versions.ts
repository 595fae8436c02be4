/** Every place that names the version of Codex: a release has one and the same in all of them. */
import type { LockedPackage } from "./sbom.ts";

/** The project's files and its installed binary. */
export interface CodexTree {
  /** Returns the text of a file of the project; throws if it cannot be read. */
  read(file: string): string;
  /** The version that the installed binary prints. */
  readonly binary: string;
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const PACKAGE = "@openai/codex";

/**
 * Returns a sentence for each place whose version is not the one that the root `package.json` pins; none if they agree.
 */
export function codexVersionFaults(tree: CodexTree): string[] {
  const pin = pinOf(tree);
  return [...versions(tree)]
    .filter(([, version]) => version !== pin)
    .map(([place, version]) => `${place} is of Codex ${version ?? "(none)"}, not ${pin}`);
}

/** Returns the version of Codex that the root `package.json` pins. */
export function pinOf({ read }: Pick<CodexTree, "read">): string {
  return (JSON.parse(read("package.json")) as Manifest).dependencies?.[PACKAGE] ?? "";
}

function versions({ read, binary }: CodexTree): Map<string, string | undefined> {
  const manifest = JSON.parse(read("package.json")) as Manifest;
  const lock = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, LockedPackage & Manifest>;
  };
  const installed = JSON.parse(read(`node_modules/${PACKAGE}/package.json`)) as Manifest;
  const found = new Map<string, string | undefined>([
    ["src/process/runtime_version.ts", quoted(read("src/process/runtime_version.ts"))],
    ["src/generated/version.ts", quoted(read("src/generated/version.ts"))],
    [`the installed ${PACKAGE}`, installed.version],
    ["the installed binary", binary],
  ]);
  for (const [name, overrides] of Object.entries(manifest.overrides ?? {})) {
    if (PACKAGE in overrides) found.set(`the override for ${name}`, overrides[PACKAGE]);
  }
  found.set("the root of package-lock.json", lock.packages[""]?.dependencies?.[PACKAGE]);
  const locked = lock.packages[`node_modules/${PACKAGE}`];
  found.set(`${PACKAGE} in package-lock.json`, locked?.version);
  for (const alias of Object.keys(locked?.optionalDependencies ?? {})) {
    const platform = alias.slice(`${PACKAGE}-`.length);
    const { version } = lock.packages[`node_modules/${alias}`] ?? {};
    // The platform's package has its name as a suffix: 0.171.0-linux-x64.
    const own = version?.endsWith(`-${platform}`)
      ? version.slice(0, -platform.length - 1)
      : version;
    found.set(`${alias} in package-lock.json`, own);
  }
  return found;
}

function quoted(source: string): string | undefined {
  return /= "([^"]+)"/.exec(source)?.[1];
}
