/** What a turn is given: text, images, skills and mentions. */
import type { UserInput } from "../generated/types.ts";

/** Text of the user. */
export interface TextInput {
  /** What kind of part this is. */
  readonly type: "text";
  /** The text. */
  readonly text: string;
}

/** An image as a `data:` URL. */
export interface ImageInput {
  /** What kind of part this is. */
  readonly type: "image";
  /** The image itself, as `data:image/png;base64,...`; the server fetches nothing. */
  readonly url: string;
}

/** An image file that the server reads. */
export interface LocalImageInput {
  /** What kind of part this is. */
  readonly type: "localImage";
  /** Where the file is, as the server sees it. */
  readonly path: string;
}

/** A skill whose instructions the model gets. */
export interface SkillInput {
  /** What kind of part this is. */
  readonly type: "skill";
  /** The name of the skill. */
  readonly name: string;
  /** The path of its `SKILL.md`. */
  readonly path: string;
}

/** A mention of a file or an app. */
export interface MentionInput {
  /** What kind of part this is. */
  readonly type: "mention";
  /** What people see. */
  readonly name: string;
  /** What is meant: the path of a file, or the address of an app. */
  readonly path: string;
}

/** One part of an input. */
export type InputItem = TextInput | ImageInput | LocalImageInput | SkillInput | MentionInput;

/** What a turn can be given: a text, one part, or several. */
export type TurnInput = string | InputItem | readonly (string | InputItem)[];

/**
 * Text of the user.
 *
 * @example
 * ```ts
 * import { localImage, text, type Thread } from "@codex-app-server/sdk";
 *
 * async function describe(thread: Thread, path: string): Promise<string | null> {
 *   return (await thread.run([text("What is in this picture?"), localImage(path)])).finalResponse;
 * }
 * ```
 */
export function text(content: string): TextInput {
  return { type: "text", text: content };
}

/**
 * An image as a `data:` URL.
 *
 * @example
 * ```ts
 * import { image, type Thread } from "@codex-app-server/sdk";
 *
 * async function describe(thread: Thread, base64: string): Promise<string | null> {
 *   const picture = image(`data:image/png;base64,${base64}`);
 *   return (await thread.run(["What is this?", picture])).finalResponse;
 * }
 * ```
 */
export function image(url: string): ImageInput {
  return { type: "image", url };
}

/**
 * An image file that the server reads.
 *
 * @example
 * ```ts
 * import { localImage, type Thread } from "@codex-app-server/sdk";
 *
 * async function describe(thread: Thread): Promise<string | null> {
 *   return (await thread.run(["What is this?", localImage("/tmp/shot.png")])).finalResponse;
 * }
 * ```
 */
export function localImage(path: string): LocalImageInput {
  return { type: "localImage", path };
}

/**
 * A skill whose instructions the model gets, by its name and the path of its `SKILL.md`.
 *
 * @example
 * ```ts
 * import { skill, type Thread } from "@codex-app-server/sdk";
 *
 * async function review(thread: Thread, path: string): Promise<string | null> {
 *   return (await thread.run(["Review the last commit.", skill("review", path)])).finalResponse;
 * }
 * ```
 */
export function skill(name: string, path: string): SkillInput {
  return { type: "skill", name, path };
}

/**
 * A mention of a file or an app.
 *
 * @example
 * ```ts
 * import { mention, type Thread } from "@codex-app-server/sdk";
 *
 * async function ask(thread: Thread): Promise<string | null> {
 *   return (await thread.run(["Explain this file.", mention("mod.ts", "/work/mod.ts")])).finalResponse;
 * }
 * ```
 */
export function mention(name: string, path: string): MentionInput {
  return { type: "mention", name, path };
}

/**
 * Checks an input and brings it into the wire's form.
 *
 * @throws {TypeError} when it is empty or a part is none of the known kinds
 */
export function userInput(input: TurnInput): UserInput[] {
  const parts = Array.isArray(input)
    ? input as readonly (string | InputItem)[]
    : [input as string | InputItem];
  if (parts.length === 0) {
    throw new TypeError("The input must hold at least one part, got an empty list");
  }
  const items = parts.map(wireItem);
  if (items.every((item) => item.type === "text" && item.text.trim() === "")) {
    throw new TypeError("The input must hold some text or another part, got blank text only");
  }
  return items;
}

function wireItem(part: string | InputItem): UserInput {
  if (typeof part === "string") return { type: "text", text: part, text_elements: [] };
  switch (part?.type) {
    case "text":
      return { type: "text", text: field(part, "text"), text_elements: [] };
    case "image":
      return { type: "image", url: inlineUrl(field(part, "url")) };
    case "localImage":
      return { type: "localImage", path: field(part, "path") };
    case "skill":
    case "mention":
      return { type: part.type, name: field(part, "name"), path: field(part, "path") };
    default:
      throw new TypeError(
        `A part of the input must be a text or an input object, got ${JSON.stringify(part)}`,
      );
  }
}

function field(part: InputItem, name: string): string {
  const value = (part as unknown as Record<string, unknown>)[name];
  const mayBeEmpty = name === "text";
  if (typeof value === "string" && (mayBeEmpty || value !== "")) return value;
  const wanted = mayBeEmpty ? "a text" : "a text that is not empty";
  throw new TypeError(
    `"${name}" of the input part "${part.type}" must be ${wanted}, got ${JSON.stringify(value)}`,
  );
}

function inlineUrl(url: string): string {
  if (!/^\s*https?:/i.test(url)) return url;
  throw new TypeError(
    `"url" of an image must be a data: URL: the server fetches nothing, got "${url}"`,
  );
}
