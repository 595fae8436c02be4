/** What a turn is given: text, images, audio, skills and mentions. */
import type { ImageDetail } from "../generated/types.ts";
import { type MediaBytes, mediaDataUrl } from "./media_data.ts";

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
  /** How closely the model looks; the server's choice when left out. */
  readonly detail?: ImageDetail | undefined;
  /** Whether the SDK fetches the image from an `http:` or `https:` URL, which is refused otherwise. */
  readonly fetch?: boolean | undefined;
}

/** An image in a `Blob` or `File`, which is read when the input is sent. */
export interface ImageBlobInput {
  /** What kind of part this is. */
  readonly type: "image";
  /** The image. */
  readonly blob: Blob;
  /** How closely the model looks; the server's choice when left out. */
  readonly detail?: ImageDetail | undefined;
}

/** An image file that the server reads. */
export interface LocalImageInput {
  /** What kind of part this is. */
  readonly type: "localImage";
  /** Where the file is, as the server sees it. */
  readonly path: string;
  /** How closely the model looks; the server's choice when left out. */
  readonly detail?: ImageDetail | undefined;
}

/** Sound as a `data:` URL. */
export interface AudioInput {
  /** What kind of part this is. */
  readonly type: "audio";
  /** The sound itself, as `data:audio/wav;base64,...`; the server fetches nothing. */
  readonly url: string;
  /** Whether the SDK fetches the sound from an `http:` or `https:` URL, which is refused otherwise. */
  readonly fetch?: boolean | undefined;
}

/** Sound in a `Blob` or `File`, which is read when the input is sent. */
export interface AudioBlobInput {
  /** What kind of part this is. */
  readonly type: "audio";
  /** The sound. */
  readonly blob: Blob;
}

/** A sound file that the server reads. */
export interface LocalAudioInput {
  /** What kind of part this is. */
  readonly type: "localAudio";
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
export type InputItem =
  | TextInput
  | ImageInput
  | ImageBlobInput
  | LocalImageInput
  | AudioInput
  | AudioBlobInput
  | LocalAudioInput
  | SkillInput
  | MentionInput;

/** Options of {@linkcode audio}. */
export interface AudioOptions {
  /** What the bytes are, such as `"audio/wav"`; seen from the bytes when left out. */
  readonly mimeType?: string | undefined;
  /** Whether the SDK fetches an `http:` or `https:` URL, which is refused otherwise. */
  readonly fetch?: boolean | undefined;
}

/** Options of {@linkcode image}. */
export interface ImageOptions {
  /** What the bytes are, such as `"image/png"`; seen from the bytes when left out. */
  readonly mimeType?: string | undefined;
  /** How closely the model looks; the server's choice when left out. */
  readonly detail?: ImageDetail | undefined;
  /** Whether the SDK fetches an `http:` or `https:` URL, which is refused otherwise. */
  readonly fetch?: boolean | undefined;
}

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
 * An image: its bytes, a `Blob`, or a `data:` URL. With `fetch: true` also the address of one, which the SDK then reads.
 *
 * @throws {TypeError} when the source is none of these, or the type of the bytes is neither given nor known
 *
 * @example
 * ```ts
 * import { image, type Thread } from "@codex-app-server/sdk";
 *
 * async function describe(thread: Thread, png: Uint8Array): Promise<string | null> {
 *   return (await thread.run(["What is this?", image(png, { detail: "high" })])).finalResponse;
 * }
 * ```
 */
export function image(source: Blob, options?: ImageOptions): ImageBlobInput;
/**
 * An image: its bytes, or a `data:` URL; with `fetch: true` also the address of one.
 *
 * @throws {TypeError} when the source is none of these, or the type of the bytes is neither given nor known
 */
export function image(source: string | MediaBytes, options?: ImageOptions): ImageInput;
export function image(
  source: string | MediaBytes | Blob,
  options: ImageOptions = {},
): ImageInput | ImageBlobInput {
  const { detail } = options;
  const part = media("image", source, options);
  return detail === undefined ? part : { ...part, detail };
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
export function localImage(
  path: string,
  { detail }: Pick<ImageOptions, "detail"> = {},
): LocalImageInput {
  return { type: "localImage", path, ...(detail === undefined ? {} : { detail }) };
}

/**
 * Sound: its bytes, a `Blob`, or a `data:` URL; for models that listen.
 *
 * @throws {TypeError} when the source is none of these, or the type of the bytes is neither given nor known
 *
 * @example
 * ```ts
 * import { audio, type Thread } from "@codex-app-server/sdk";
 *
 * async function transcribe(thread: Thread, wav: Uint8Array): Promise<string | null> {
 *   return (await thread.run(["Write down what is said.", audio(wav)])).finalResponse;
 * }
 * ```
 */
export function audio(source: Blob, options?: AudioOptions): AudioBlobInput;
/**
 * Sound: its bytes, or a `data:` URL; with `fetch: true` also the address of one.
 *
 * @throws {TypeError} when the source is none of these, or the type of the bytes is neither given nor known
 */
export function audio(source: string | MediaBytes, options?: AudioOptions): AudioInput;
export function audio(
  source: string | MediaBytes | Blob,
  options: AudioOptions = {},
): AudioInput | AudioBlobInput {
  return media("audio", source, options);
}

/**
 * A sound file that the server reads.
 *
 * @example
 * ```ts
 * import { localAudio, type Thread } from "@codex-app-server/sdk";
 *
 * async function transcribe(thread: Thread): Promise<string | null> {
 *   return (await thread.run(["Write down what is said.", localAudio("/tmp/memo.wav")])).finalResponse;
 * }
 * ```
 */
export function localAudio(path: string): LocalAudioInput {
  return { type: "localAudio", path };
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
 *   return (await thread.run(["Explain this file.", mention("mod.ts", "/project/mod.ts")])).finalResponse;
 * }
 * ```
 */
export function mention(name: string, path: string): MentionInput {
  return { type: "mention", name, path };
}

function media<Kind extends "image" | "audio">(
  type: Kind,
  source: string | MediaBytes | Blob,
  { mimeType, fetch }: AudioOptions,
): { readonly type: Kind; readonly url: string } | { readonly type: Kind; readonly blob: Blob } {
  if (typeof source === "string") {
    return { type, url: source, ...(fetch === undefined ? {} : { fetch }) };
  }
  if (!(source instanceof Blob)) return { type, url: mediaDataUrl(type, source, mimeType) };
  return { type, blob: mimeType === undefined ? source : source.slice(0, source.size, mimeType) };
}
