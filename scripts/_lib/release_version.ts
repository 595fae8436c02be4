/** A version as npm and JSR write it: three numbers, then perhaps a pre-release. */
const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/**
 * The version in the name of a release of the runtime, or in what `codex --version` prints: `rust-v0.116.0-alpha.1` and
 * `codex-cli 0.116.0-alpha.1` are `0.116.0-alpha.1`.
 *
 * @throws {TypeError} when there is no such version in it
 */
export function releaseVersion(name: string): string {
  const version = name.trim().replace(/^(?:codex-cli |rust-)?v?/, "");
  if (VERSION.test(version)) return version;
  throw new TypeError(`Cannot read the version of a release from ${JSON.stringify(name)}`);
}
