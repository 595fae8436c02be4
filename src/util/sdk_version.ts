/** The version of the SDK: that of `deno.json`, which `deno task release` writes here too. */
export const SDK_VERSION: string = "0.171.0";
