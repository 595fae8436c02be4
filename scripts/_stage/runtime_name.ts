import process from "node:process";
import { isPackageName, UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { PLATFORM_TAGS } from "./platform_tag.ts";
import { StageError } from "./stage_error.ts";

/** The variable that names the package where no option does; the SDK reads the same one. */
export const RUNTIME_PACKAGE_VARIABLE: string = "CODEX_RUNTIME_PACKAGE";

/**
 * The name that the packages of all platforms begin with, by option or variable.
 *
 * @throws {StageError} when it is no name of a package, or has a platform at its end
 */
export function runtimeName(option: string | undefined): string | undefined {
  const name = option ?? (process.env[RUNTIME_PACKAGE_VARIABLE] || undefined);
  if (name === undefined) return undefined;
  if (!isPackageName(name)) {
    throw new StageError(`${JSON.stringify(name)} is not a valid npm package name`);
  }
  const tag = PLATFORM_TAGS.find((one) => name.endsWith(`-${one}`));
  if (tag === undefined) return name;
  throw new StageError(
    `Give the name without the platform: "${name.slice(0, -tag.length - 1)}", not "${name}"`,
  );
}

/** Whether the name is that of the package that the runtime's makers publish. */
export function isUpstream(name: string | undefined): boolean {
  return name === undefined || name === UPSTREAM_PACKAGE;
}
