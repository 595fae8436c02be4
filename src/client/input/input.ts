/** The input of a turn: its parts as plain data, and functions that build them. */
import type { FunctionCallOutputBody, ImageDetail } from "../../generated/types.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { type MediaBytes, mediaDataUrl } from "./media.ts";
import { isBlob } from "../../util/realm.ts";

/**
 * Text from the user.
 *
 * @example
 * ```ts
 * import type { TextInput } from "@codex-app-server/sdk";
 *
 * const question: TextInput = { type: "text", text: "What does this project do?" };
 * ```
 */
export interface TextInput {
  /** Discriminates the kinds of parts. */
  readonly type: "text";
  /** The text. */
  readonly text: string;
}

/**
 * An image as a `data:` URL.
 *
 * @example
 * ```ts
 * import type { ImageInput } from "@codex-app-server/sdk";
 *
 * const pixel: ImageInput = { type: "image", url: "data:image/gif;base64,R0lGODlhAQABAAAAACw=" };
 * ```
 */
export interface ImageInput {
  /** Discriminates the kinds of parts. */
  readonly type: "image";
  /** The image as `data:image/png;base64,...`; the server does not fetch URLs. */
  readonly url: string;
  /** The resolution at which the model sees the image; defaults to the server's choice. */
  readonly detail?: ImageDetail | undefined;
  /**
   * Whether the SDK fetches an image from an `http:` or `https:` URL, which is rejected otherwise.
   *
   * @default {false}
   */
  readonly fetch?: boolean | undefined;
}

/**
 * An image in a `Blob` or `File`, which is read when the input is sent.
 *
 * @example
 * ```ts
 * import type { ImageBlobInput } from "@codex-app-server/sdk/types";
 *
 * function upload(file: File): ImageBlobInput {
 *   return { type: "image", blob: file, detail: "high" };
 * }
 * ```
 */
export interface ImageBlobInput {
  /** Discriminates the kinds of parts. */
  readonly type: "image";
  /** The image. */
  readonly blob: Blob;
  /** The resolution at which the model sees the image; defaults to the server's choice. */
  readonly detail?: ImageDetail | undefined;
}

/**
 * An image file that the server reads.
 *
 * @example
 * ```ts
 * import type { LocalImageInput } from "@codex-app-server/sdk";
 *
 * const shot: LocalImageInput = { type: "localImage", path: "/tmp/shot.png", detail: "low" };
 * ```
 */
export interface LocalImageInput {
  /** Discriminates the kinds of parts. */
  readonly type: "localImage";
  /** The path of the file on the server. */
  readonly path: string;
  /** The resolution at which the model sees the image; defaults to the server's choice. */
  readonly detail?: ImageDetail | undefined;
}

/**
 * Audio as a `data:` URL.
 *
 * @example
 * ```ts
 * import type { AudioInput } from "@codex-app-server/sdk/types";
 *
 * const memo: AudioInput = { type: "audio", url: "https://example.com/memo.wav", fetch: true };
 * ```
 */
export interface AudioInput {
  /** Discriminates the kinds of parts. */
  readonly type: "audio";
  /** The audio as `data:audio/wav;base64,...`; the server does not fetch URLs. */
  readonly url: string;
  /**
   * Whether the SDK fetches audio from an `http:` or `https:` URL, which is rejected otherwise.
   *
   * @default {false}
   */
  readonly fetch?: boolean | undefined;
}

/**
 * Audio in a `Blob` or `File`, which is read when the input is sent.
 *
 * @example
 * ```ts
 * import type { AudioBlobInput } from "@codex-app-server/sdk/types";
 *
 * function recorded(chunks: Blob[]): AudioBlobInput {
 *   return { type: "audio", blob: new Blob(chunks, { type: "audio/wav" }) };
 * }
 * ```
 */
export interface AudioBlobInput {
  /** Discriminates the kinds of parts. */
  readonly type: "audio";
  /** The audio. */
  readonly blob: Blob;
}

/**
 * An audio file that the server reads.
 *
 * @example
 * ```ts
 * import type { LocalAudioInput } from "@codex-app-server/sdk/types";
 *
 * const memo: LocalAudioInput = { type: "localAudio", path: "/tmp/memo.wav" };
 * ```
 */
export interface LocalAudioInput {
  /** Discriminates the kinds of parts. */
  readonly type: "localAudio";
  /** The path of the file on the server. */
  readonly path: string;
}

/**
 * A skill whose instructions the model receives.
 *
 * @example
 * ```ts
 * import type { SkillInput } from "@codex-app-server/sdk";
 *
 * const release: SkillInput = { type: "skill", name: "release", path: "/skills/release/SKILL.md" };
 * ```
 */
export interface SkillInput {
  /** Discriminates the kinds of parts. */
  readonly type: "skill";
  /** The name of the skill. */
  readonly name: string;
  /** The path of its `SKILL.md`. */
  readonly path: string;
}

/**
 * A mention of a file or an app.
 *
 * @example
 * ```ts
 * import type { MentionInput } from "@codex-app-server/sdk";
 *
 * const file: MentionInput = { type: "mention", name: "mod.ts", path: "/project/mod.ts" };
 * ```
 */
export interface MentionInput {
  /** Discriminates the kinds of parts. */
  readonly type: "mention";
  /** The display name. */
  readonly name: string;
  /** The path of the file, or the URI of the app. */
  readonly path: string;
}

/**
 * One part of an input.
 *
 * @example
 * ```ts
 * import type { InputItem } from "@codex-app-server/sdk";
 *
 * const label = (item: InputItem): string => item.type === "text" ? item.text : `[${item.type}]`;
 * ```
 */
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

/**
 * The input of a turn: a string, one part, or several.
 *
 * @example
 * ```ts
 * import { localImage, type TurnInput } from "@codex-app-server/sdk";
 *
 * const input: TurnInput = ["Compare these two.", localImage("/tmp/a.png"), localImage("/tmp/b.png")];
 * ```
 */
export type TurnInput = string | InputItem | readonly (string | InputItem)[];

/**
 * A message that comes from outside of the conversation, such as a mail or a webhook. The model sees it as the output of a
 * tool, not as the words of the user. It is always the whole input.
 *
 * @example
 * ```ts
 * import type { ExternalMessage } from "@codex-app-server/sdk/types";
 *
 * const mail: ExternalMessage = { type: "externalMessage", name: "mail", output: "The build failed." };
 * ```
 */
export interface ExternalMessage {
  /** Discriminates it from the parts of an input. */
  readonly type: "externalMessage";
  /** The name of the tool that the message seems to come from. */
  readonly name: string;
  /** The namespace of that tool. */
  readonly namespace?: string | null | undefined;
  /** The message: text, or content as the protocol has it. */
  readonly output: FunctionCallOutputBody;
}

/**
 * The input of `thread.run()` and `thread.turn()`.
 *
 * @example
 * ```ts
 * import { externalMessage } from "@codex-app-server/sdk";
 * import type { RunInput } from "@codex-app-server/sdk/types";
 *
 * const inputs: readonly RunInput[] = ["Hello", externalMessage({ name: "mail", output: "Hello" })];
 * ```
 */
export type RunInput = TurnInput | ExternalMessage;

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
  /** The media type, such as `"audio/wav"`; detected from the bytes by default. */
  readonly mimeType?: string | undefined;
  /**
   * Whether the SDK fetches an `http:` or `https:` URL, which is rejected otherwise.
   *
   * @default {false}
   */
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
  /** The media type, such as `"image/png"`; detected from the bytes by default. */
  readonly mimeType?: string | undefined;
  /** The resolution at which the model sees the image; defaults to the server's choice. */
  readonly detail?: ImageDetail | undefined;
  /**
   * Whether the SDK fetches an `http:` or `https:` URL, which is rejected otherwise.
   *
   * @default {false}
   */
  readonly fetch?: boolean | undefined;
}

const AUDIO_OPTIONS: OptionNames<AudioOptions> = { mimeType: true, fetch: true };
const IMAGE_OPTIONS: OptionNames<ImageOptions> = { ...AUDIO_OPTIONS, detail: true };

/**
 * Text from the user.
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
 * Builds an image part from bytes, a `Blob` or a `data:` URL; with `fetch: true` also from a URL, which the SDK then fetches.
 *
 * @throws {TypeError} if the source is none of these, or `mimeType` is missing and cannot be detected
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
 * Builds an image part from bytes or a `data:` URL; with `fetch: true` also from a URL, which the SDK then fetches.
 *
 * @throws {TypeError} if the source is none of these, or `mimeType` is missing and cannot be detected
 */
export function image(source: string | MediaBytes, options?: ImageOptions): ImageInput;
export function image(
  source: string | MediaBytes | Blob,
  options: ImageOptions = {},
): ImageInput | ImageBlobInput {
  checkOptionNames("image()", options, IMAGE_OPTIONS);
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
  options: Pick<ImageOptions, "detail"> = {},
): LocalImageInput {
  checkOptionNames("localImage()", options, { detail: true });
  const { detail } = options;
  return { type: "localImage", path, ...(detail === undefined ? {} : { detail }) };
}

/**
 * Builds an audio part from bytes, a `Blob` or a `data:` URL, for models with audio input; with `fetch: true` also from a URL,
 * which the SDK then fetches.
 *
 * @throws {TypeError} if the source is none of these, or `mimeType` is missing and cannot be detected
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
 * Builds an audio part from bytes or a `data:` URL; with `fetch: true` also from a URL, which the SDK then fetches.
 *
 * @throws {TypeError} if the source is none of these, or `mimeType` is missing and cannot be detected
 */
export function audio(source: string | MediaBytes, options?: AudioOptions): AudioInput;
export function audio(
  source: string | MediaBytes | Blob,
  options: AudioOptions = {},
): AudioInput | AudioBlobInput {
  checkOptionNames("audio()", options, AUDIO_OPTIONS);
  return media("audio", source, options);
}

/**
 * An audio file that the server reads.
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
 * A skill whose instructions the model receives, by its name and the path of its `SKILL.md`.
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

/**
 * A message that comes from outside of the conversation, as the whole input of a turn (`toolOutput` of `turn/start`). With
 * `whenBusy: "steer"`, it joins the running turn, and the model sees it with its next request. If that turn ends first, it
 * starts one of its own. A message that joins cannot carry settings, so if the call has some, such as `sandbox`, that turn
 * is interrupted at once and the message sent again with them.
 *
 * @example
 * ```ts
 * import { externalMessage, type Thread } from "@codex-app-server/sdk";
 *
 * async function notify(thread: Thread, subject: string): Promise<string | null> {
 *   const mail = externalMessage({ name: "mail", namespace: "inbox", output: subject });
 *   return (await thread.run(mail, { whenBusy: "steer" })).finalResponse;
 * }
 * ```
 */
export function externalMessage(message: Omit<ExternalMessage, "type">): ExternalMessage {
  return { ...message, type: "externalMessage" };
}

function media<Kind extends "image" | "audio">(
  type: Kind,
  source: string | MediaBytes | Blob,
  { mimeType, fetch }: AudioOptions,
): { readonly type: Kind; readonly url: string } | { readonly type: Kind; readonly blob: Blob } {
  if (typeof source === "string") {
    return { type, url: source, ...(fetch === undefined ? {} : { fetch }) };
  }
  if (!isBlob(source)) return { type, url: mediaDataUrl(type, source, mimeType) };
  return { type, blob: mimeType === undefined ? source : source.slice(0, source.size, mimeType) };
}
