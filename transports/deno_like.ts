/** The part of Deno's API that is used: other compilers know no `Deno`. */

/** A program that `Deno.Command` started. */
export interface DenoChild {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<{ readonly code: number; readonly signal: string | null }>;
  kill(signal: string): void;
}

/** The options of `Deno.Command`. */
export interface DenoCommandOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clearEnv: boolean;
  readonly stdin: "piped";
  readonly stdout: "piped";
  readonly stderr: "piped";
}

/** The global `Deno`. */
export interface DenoLike {
  readonly build: {
    readonly os: string;
    readonly arch: string;
    /** Whether this is a program made by `deno compile`. */
    readonly standalone?: boolean;
  };
  readonly env: { get(name: string): string | undefined; toObject(): Record<string, string> };
  readonly errors: { readonly NotCapable: new (message?: string) => Error };
  readonly permissions: {
    query(descriptor: { readonly name: "run" }): Promise<{ readonly state: string }>;
  };
  readonly Command: new (
    command: string,
    options: DenoCommandOptions,
  ) => { spawn(): DenoChild };
  cwd(): string;
  stat(path: string): Promise<{ readonly isFile: boolean; readonly isDirectory: boolean }>;
  realPath(path: string): Promise<string>;
  open(path: string): Promise<Disposable & { read(into: Uint8Array): Promise<number | null> }>;
}
