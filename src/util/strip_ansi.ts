// deno-lint-ignore no-control-regex -- escape sequences begin with a control character
const ANSI_SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;

/** Takes terminal escape sequences, such as colours, out of a text. */
export function stripAnsi(text: string): string {
  return text.replace(ANSI_SEQUENCE, "");
}
