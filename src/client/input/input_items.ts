/** The parts that the input of a turn is made of, as plain data. */
import type { ImageDetail } from "../../generated/types.ts";

/**
 * Text of the user.
 *
 * @example
 * ```ts
 * import type { TextInput } from "@codex-app-server/sdk";
 *
 * const question: TextInput = { type: "text", text: "What does this project do?" };
 * ```
 */
export interface TextInput {
  /** What kind of part this is. */
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
  /** What kind of part this is. */
  readonly type: "image";
  /** The image itself, as `data:image/png;base64,...`; the server fetches nothing. */
  readonly url: string;
  /** How closely the model looks; the server's choice when left out. */
  readonly detail?: ImageDetail | undefined;
  /** Whether the SDK fetches the image from an `http:` or `https:` URL, which is refused otherwise. */
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
  /** What kind of part this is. */
  readonly type: "image";
  /** The image. */
  readonly blob: Blob;
  /** How closely the model looks; the server's choice when left out. */
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
  /** What kind of part this is. */
  readonly type: "localImage";
  /** Where the file is, as the server sees it. */
  readonly path: string;
  /** How closely the model looks; the server's choice when left out. */
  readonly detail?: ImageDetail | undefined;
}

/**
 * Sound as a `data:` URL.
 *
 * @example
 * ```ts
 * import type { AudioInput } from "@codex-app-server/sdk/types";
 *
 * const memo: AudioInput = { type: "audio", url: "https://example.com/memo.wav", fetch: true };
 * ```
 */
export interface AudioInput {
  /** What kind of part this is. */
  readonly type: "audio";
  /** The sound itself, as `data:audio/wav;base64,...`; the server fetches nothing. */
  readonly url: string;
  /** Whether the SDK fetches the sound from an `http:` or `https:` URL, which is refused otherwise. */
  readonly fetch?: boolean | undefined;
}

/**
 * Sound in a `Blob` or `File`, which is read when the input is sent.
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
  /** What kind of part this is. */
  readonly type: "audio";
  /** The sound. */
  readonly blob: Blob;
}

/**
 * A sound file that the server reads.
 *
 * @example
 * ```ts
 * import type { LocalAudioInput } from "@codex-app-server/sdk/types";
 *
 * const memo: LocalAudioInput = { type: "localAudio", path: "/tmp/memo.wav" };
 * ```
 */
export interface LocalAudioInput {
  /** What kind of part this is. */
  readonly type: "localAudio";
  /** Where the file is, as the server sees it. */
  readonly path: string;
}

/**
 * A skill whose instructions the model gets.
 *
 * @example
 * ```ts
 * import type { SkillInput } from "@codex-app-server/sdk";
 *
 * const release: SkillInput = { type: "skill", name: "release", path: "/skills/release/SKILL.md" };
 * ```
 */
export interface SkillInput {
  /** What kind of part this is. */
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
  /** What kind of part this is. */
  readonly type: "mention";
  /** What people see. */
  readonly name: string;
  /** What is meant: the path of a file, or the address of an app. */
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
 * What a turn can be given: a text, one part, or several.
 *
 * @example
 * ```ts
 * import { localImage, type TurnInput } from "@codex-app-server/sdk";
 *
 * const input: TurnInput = ["Compare these two.", localImage("/tmp/a.png"), localImage("/tmp/b.png")];
 * ```
 */
export type TurnInput = string | InputItem | readonly (string | InputItem)[];
