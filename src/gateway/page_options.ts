/** What a page asks for, reduced to what it may have. */
import type { InputItem, TurnInput } from "../client/input/input.ts";
import type { TurnOptions } from "../client/turns/turn_options.ts";
import type { ThreadStartOptions } from "../client/threads/thread_options.ts";
import { isRecord } from "../util/is_record.ts";
import { GatewayFault } from "./faults.ts";
import type { GatewaySettings } from "./options.ts";

type Body = Readonly<Record<string, unknown>>;
type Allow = GatewaySettings["allow"];

/** Number of parts of an input. */
const MAX_PARTS = 64;
/** Characters of the value of an option. */
const OPTION_CHARS = 200;
const IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$/;

/**
 * Refuses fields that nobody knows.
 *
 * @throws {GatewayFault} if there is one
 */
export function checkFields(body: Body, known: readonly string[]): void {
  for (const name of Object.keys(body)) {
    if (known.includes(name)) continue;
    const what = /^[\w-]{1,40}$/.test(name) ? `"${name}"` : "one of these fields";
    throw new GatewayFault(400, "option_not_allowed", `A page may not set ${what}`);
  }
}

/** Returns the options of a new thread that the page has chosen. */
export function threadOptionsIn(
  body: Body,
  allow: Allow,
): Pick<ThreadStartOptions, "model" | "sandbox" | "approvalMode"> {
  return {
    ...chosen(body, "model", allow.model),
    ...chosen(body, "sandbox", allow.sandbox),
    ...chosen(body, "approvalMode", allow.approvalMode),
  };
}

/** Returns the options of a turn that the page has chosen. */
export function turnOptionsIn(body: Body, allow: Allow): Partial<TurnOptions> {
  return { ...threadOptionsIn(body, allow), ...chosen(body, "effort", allow.effort) };
}

function chosen(
  body: Body,
  name: string,
  allowed: boolean | readonly string[],
): Record<string, string> {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== "string" || value.length > OPTION_CHARS) {
    throw invalid(`"${name}" must be a short string`);
  }
  if (allowed === true || (Array.isArray(allowed) && allowed.includes(value))) {
    return { [name]: value };
  }
  const code = "option_not_allowed";
  throw new GatewayFault(403, code, `A page may not choose this value of "${name}"`);
}

/**
 * Returns the input of a turn: text, and images as `data:` URLs. A page names no files and no addresses.
 *
 * @throws {GatewayFault} if it is anything else
 */
export function inputIn(body: Body, allow: Allow): TurnInput {
  const { input } = body;
  if (typeof input === "string" && input.trim() !== "") return input;
  if (!Array.isArray(input) || input.length === 0 || input.length > MAX_PARTS) {
    throw invalid(`"input" must be a text, or an array of 1 to ${MAX_PARTS} parts`);
  }
  return input.map((part: unknown): InputItem => {
    if (isRecord(part) && part.type === "text" && typeof part.text === "string") {
      return { type: "text", text: part.text };
    }
    if (isRecord(part) && part.type === "image" && typeof part.url === "string") {
      if (!allow.images) {
        throw new GatewayFault(403, "option_not_allowed", "A page may not send images");
      }
      if (IMAGE.test(part.url)) return { type: "image", url: part.url };
      throw invalid("An image must be a data: URL of a PNG, JPEG, GIF or WebP in base64");
    }
    throw invalid('A part of "input" must be { type: "text", text } or { type: "image", url }');
  });
}

/**
 * Returns the directory of a new thread, which is one of the user's workspaces or inside of one.
 *
 * @throws {GatewayFault} if there is no such workspace, or the directory leads out of it
 */
export async function directoryIn(
  body: Body,
  workspaces: Readonly<Record<string, string>> | undefined,
  realPath: GatewaySettings["realPath"],
): Promise<string | undefined> {
  const { workspace, directory } = body;
  const [first] = Object.keys(workspaces ?? {});
  const name = workspace ?? first;
  if (name === undefined && directory === undefined) return undefined;
  const isKnown = typeof name === "string" && workspaces !== undefined &&
    Object.hasOwn(workspaces, name);
  const root = isKnown ? workspaces[name] : undefined;
  if (root === undefined) {
    throw new GatewayFault(404, "workspace_not_found", "There is no such workspace");
  }
  if (directory === undefined || directory === null || directory === "") return root;
  if (realPath === undefined) {
    throw new GatewayFault(403, "option_not_allowed", "A page may not choose a directory");
  }
  const outside = new GatewayFault(404, "directory_not_found", "There is no such directory");
  if (typeof directory !== "string" || /^[/\\]|^[A-Za-z]:|\0/.test(directory)) throw outside;
  const real = await realPath(`${root}/${directory}`).catch(() => {
    throw outside;
  });
  const realRoot = (await realPath(root).catch(() => {
    throw outside;
  })).replace(/[/\\]+$/, "");
  const isInside = real === realRoot || real.startsWith(`${realRoot}/`) ||
    real.startsWith(`${realRoot}\\`);
  if (!isInside) throw outside;
  return real;
}

function invalid(message: string): GatewayFault {
  return new GatewayFault(400, "invalid_request", message);
}
