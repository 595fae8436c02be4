/** The version of `@openai/codex` that the SDK is built and tested with; the SDK's own version. */
export const RUNTIME_VERSION: string = "0.169.0";
