/** The version of the SDK, as in `deno.json`; `deno task release` writes both. */
export const SDK_VERSION: string = "0.171.0";
