/** Bundles the package for a browser, and runs the bundle where there is nothing but the Web's own library. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../_lib/command.ts";
import { esbuildPath } from "../_lib/project.ts";

/** The entry points for a page: the test kit starts servers, and the transports start processes. */
const PROGRAM = `
import { Codex } from "@codex-app-server/sdk";
import { PROTOCOL_VERSION } from "@codex-app-server/sdk/protocol";
globalThis.started = Codex.start().then(() => "started", (error) => error.code);
globalThis.version = PROTOCOL_VERSION;
`;

/** What Node's global object has of the Web: without `process`, `require` and `Buffer`. */
const RUN = `
import { readFileSync } from "node:fs";
import { createContext, Script } from "node:vm";
const names = ["AbortController", "AbortSignal", "Blob", "DOMException", "Event", "EventTarget", "ReadableStream",
  "TextDecoder", "TextEncoder", "TransformStream", "URL", "WritableStream", "atob", "btoa", "clearTimeout", "crypto",
  "performance", "queueMicrotask", "setTimeout", "structuredClone"];
const page = createContext(Object.fromEntries(names.map((name) => [name, globalThis[name]])));
new Script(readFileSync("page.js", "utf8")).runInContext(page);
console.log(JSON.stringify([page.version, await page.started]));
`;

/**
 * What is wrong with the package in a browser, one line each.
 *
 * @param consumer a folder in which the package is installed
 */
export async function browserFaults(consumer: string, version: string): Promise<string[]> {
  writeFileSync(join(consumer, "page.mjs"), PROGRAM);
  const flags = ["--bundle", "--platform=browser", "--format=iife", "--outfile=page.js"];
  const args = ["page.mjs", ...flags, "--log-level=warning"];
  const built = await runCommand(esbuildPath(), args, { cwd: consumer });
  if (built.code !== 0 || built.output !== "") return [built.output];
  const run = ["--input-type=module", "--eval", RUN];
  const { code, stdout, output } = await runCommand("node", run, { cwd: consumer });
  if (code !== 0) return [output];
  const wanted = JSON.stringify([version, "spawn_failed"]);
  return stdout.trim() === wanted ? [] : [`the page says ${stdout.trim()}, not ${wanted}`];
}
