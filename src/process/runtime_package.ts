/** The npm package that holds the runtime, by name. */

/**
 * The package that the SDK was built against; `deno task stage-sdk` writes another name here for those who ship the
 * runtime from a registry of their own.
 */
export const RUNTIME_PACKAGE: string = "@openai/codex";

const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** Whether a text can be the name of an npm package, and so a folder below `node_modules`. */
export function isPackageName(name: unknown): name is string {
  return typeof name === "string" && name.length <= 214 && NAME.test(name);
}

/**
 * Takes an option that names the package.
 *
 * @throws {TypeError} when it is no name of a package
 */
export function checkRuntimePackage(name: unknown): string | undefined {
  if (name === undefined || isPackageName(name)) return name;
  throw new TypeError(`"runtimePackage" must be the name of an npm package, got ${shown(name)}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}
