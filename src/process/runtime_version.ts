/** The version of `@openai/codex` that the SDK was built and tested with. */
export const RUNTIME_VERSION: string = "0.171.0";
