import type { ExecutableHeader } from "./executable_header.ts";
import type { PlatformTag } from "./platform_tag.ts";

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
