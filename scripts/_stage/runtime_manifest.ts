import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutableHeader } from "./executable_header.ts";
import type { PlatformTag } from "./platform_tag.ts";

const STAGED_BY = "@codex-app-server/sdk stage-runtime";

/** The `package.json` of a staged runtime. */
export interface RuntimeManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc?: readonly string[];
  readonly files: readonly string[];
  /** Tells a folder that `--force` may replace from others. */
  readonly stagedBy: typeof STAGED_BY;
  /** Asks package managers that keep packages zipped to unpack this one. */
  readonly preferUnplugged: true;
  /** npm packs the executable bit of the file system; pnpm and Yarn pack that of the files named here. */
  readonly publishConfig: { readonly executableFiles: readonly string[] };
}

/** Describes the package of one platform. */
export function runtimeManifest(
  name: string,
  version: string,
  platform: PlatformTag,
  { libc }: ExecutableHeader,
  executableFiles: readonly string[],
): RuntimeManifest {
  return {
    name: `${name}-${platform.tag}`,
    version,
    description: `The codex executable for ${platform.tag}`,
    license: "Apache-2.0",
    os: [platform.os],
    cpu: [platform.cpu],
    ...(libc === undefined ? {} : { libc }),
    files: ["vendor"],
    stagedBy: STAGED_BY,
    preferUnplugged: true,
    publishConfig: { executableFiles },
  };
}

/** The `README.md` of a staged runtime. */
export function runtimeReadme({ name, version }: RuntimeManifest, base: string): string {
  return `# ${name}

The \`codex\` executable ${version} for one platform. It is installed by an \`@codex-app-server/sdk\`
that was staged with \`--runtime-package=${base}\`, or found by any other one with
\`CODEX_RUNTIME_PACKAGE=${base}\` in its environment.
`;
}

/** Returns why a folder is not a staged runtime, and nothing else; `undefined` if it is. */
export function runtimeFault(folder: string): string | undefined {
  const others = readdirSync(folder).filter((name) =>
    !["README.md", "package.json", "vendor"].includes(name)
  );
  if (others.length > 0) return `stage-runtime did not make ${others.join(", ")}`;
  try {
    const read: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if ((read as Partial<RuntimeManifest> | null)?.stagedBy === STAGED_BY) return undefined;
  } catch {
    // Not there, or not JSON.
  }
  return "stage-runtime did not make its package.json";
}
