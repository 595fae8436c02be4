/**
 * Returns the version in the name of a runtime release or in the output of `codex --version`: `rust-v0.116.0-alpha.1`
 * and `codex-cli 0.116.0-alpha.1` are `0.116.0-alpha.1`.
 *
 * @throws {TypeError} if it contains no such version
 */
export function releaseVersion(name: string): string {
  const version = name.trim().replace(/^(?:codex-cli |rust-)?v?/, "");
  if (/^\d+\.\d+\.\d+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(version)) return version;
  throw new TypeError(`Cannot read the version of a release from ${JSON.stringify(name)}`);
}
