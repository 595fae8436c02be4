/** Runs the bundle of a page with only what the Web has: no `process`, `require` or `Buffer`. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createContext, Script } from "node:vm";

const names = [
  ...["AbortController", "AbortSignal", "Blob", "DOMException", "Event", "EventTarget", "URL"],
  ...["ReadableStream", "TextDecoder", "TextEncoder", "TransformStream", "WritableStream"],
  ...["atob", "btoa", "clearTimeout", "crypto", "performance", "queueMicrotask", "setTimeout"],
  "structuredClone",
];
const page = createContext(Object.fromEntries(names.map((name) => [name, globalThis[name]])));
new Script(readFileSync(process.argv[2], "utf8")).runInContext(page);
console.log(JSON.stringify([page.version, await page.started]));
