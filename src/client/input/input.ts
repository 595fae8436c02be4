/** Makes what a turn is given: text, images, audio, skills and mentions. */
import type { ImageDetail } from "../../generated/types.ts";
import type {
  AudioBlobInput,
  AudioInput,
  ImageBlobInput,
  ImageInput,
  LocalAudioInput,
  LocalImageInput,
  MentionInput,
  SkillInput,
  TextInput,
} from "./input_items.ts";
import { type MediaBytes, mediaDataUrl } from "./media_data.ts";

/**
 * Options of {@linkcode audio}.
 *
 * @example
 * ```ts
 * import type { AudioOptions } from "@codex-app-server/sdk/types";
 *
 * const options: AudioOptions = { mimeType: "audio/mpeg" };
 * ```
 */
export interface AudioOptions {
  /** What the bytes are, such as `"audio/wav"`; seen from the bytes when left out. */
  readonly mimeType?: string | undefined;
  /** Whether the SDK fetches an `http:` or `https:` URL, which is refused otherwise. */
  readonly fetch?: boolean | undefined;
}

/**
 * Options of {@linkcode image}.
 *
 * @example
 * ```ts
 * import { image } from "@codex-app-server/sdk";
 * import type { ImageOptions } from "@codex-app-server/sdk/types";
 *
 * const closely: ImageOptions = { fetch: true, detail: "high" };
 * const chart = image("https://example.com/chart.png", closely);
 * ```
 */
export interface ImageOptions {
  /** What the bytes are, such as `"image/png"`; seen from the bytes when left out. */
  readonly mimeType?: string | undefined;
  /** How closely the model looks; the server's choice when left out. */
  readonly detail?: ImageDetail | undefined;
  /** Whether the SDK fetches an `http:` or `https:` URL, which is refused otherwise. */
  readonly fetch?: boolean | undefined;
}

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
