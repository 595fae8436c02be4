/** Decides whether a shell script only reads files, comes to an end and stays on this machine, as far as its words tell. */
import { shellWords } from "./shell_script.ts";

/** The arguments of a program, and where it runs. */
interface Call {
  readonly args: readonly string[];
  /** The folders that it may run in: a `cd` before it may have failed. */
  readonly folders: readonly string[];
  /** Whether another command writes its standard input. */
  readonly isPiped: boolean;
}

/** What is known of a program that only reads. */
interface Reader {
  /** Letters of options whose value is the next word. */
  readonly valued?: string;
  /** How many operands it needs so as not to read its standard input. */
  readonly needs?: (args: readonly string[]) => number;
  /** Whether it searches folders, its own if it has no operand. */
  readonly isRecursive?: (args: readonly string[]) => boolean;
  /** Options that make it write, run something, or wait. */
  readonly refuses?: RegExp;
  /** Whether the arguments are acceptable at all. */
  readonly accepts?: (args: readonly string[]) => boolean;
}

const one = (): number => 1;
const none = (): number => 0;
/** Whether short options have a letter; a letter in an attached value counts too, which only makes the check stricter. */
const has = (letters: string, long: RegExp) => (args: readonly string[]): boolean =>
  args.some((arg) => new RegExp(`^-[^-]*[${letters}]`).test(arg) || long.test(arg));

const GREP_VALUED = "efmABCDd";
const RG_VALUED = "efgtTmABCEMjrd";

const GREP: Reader = {
  valued: GREP_VALUED,
  needs: (args) => {
    const letters = lettersOf(args, GREP_VALUED);
    return (/[ef]/.test(letters) ? 0 : 1) + (/[rR]/.test(letters) ? 0 : 1);
  },
  isRecursive: has("rRd", /^--(?:r|deref|di)/),
  refuses: /^-[^-]*D|^--dev|^-[^-]*f-$|^--f[a-z]*=-$/, // reads devices, or patterns from stdin
};

/** Programs that only read. GNU options can be abbreviated, so the patterns match their beginnings. */
const READERS: ReadonlyMap<string, Reader> = new Map(Object.entries<Reader>({
  cat: { needs: one },
  head: { needs: one, valued: "nc" },
  tail: { needs: one, valued: "nc", refuses: /^-[^-]*[fFs]|^\+|^--(?:f|ret|p|s)/ },
  wc: { needs: one, refuses: /^--f/ },
  nl: { needs: one, valued: "bdfhilnsvw" },
  cut: { needs: one, valued: "bcdf" },
  ls: { needs: none, valued: "IwT", isRecursive: has("R", /^--rec/) },
  pwd: { needs: none },
  stat: { needs: none },
  basename: { needs: none },
  dirname: { needs: none },
  realpath: { needs: none },
  readlink: { needs: none },
  grep: GREP,
  egrep: GREP,
  fgrep: GREP,
  rg: {
    valued: RG_VALUED,
    needs: (args) => listsFiles(args) ? 0 : /[ef]/.test(lettersOf(args, RG_VALUED)) ? 1 : 2,
    isRecursive: () => true,
    refuses: /^--(?:pre|hostname-bin|search-zip)|^-[^-]*z|^-[^-]*f-$|^--file=-$/,
  },
  find: {
    needs: none,
    isRecursive: () => true,
    refuses: /^-(?:exec|ok|delete|fprint|fls|files0-from)/,
  },
  // A range of lines to print, and files; anything else may write or run something.
  sed: {
    valued: "n", // the script
    needs: one,
    accepts: ([quiet, script = "", ...files]) =>
      quiet === "-n" && /^\d+(?:,\d+)?p$/.test(script) &&
      files.every((file) => !file.startsWith("-")),
  },
}));

/**
 * Whether a shell script that runs in `cwd` only reads; `false` in case of doubt. It judges words alone: it does not see what a
 * link leads to, what kind of file a name has, or how much there is to read.
 */
export function isReadOnlyScript(script: string, cwd: string | null): boolean {
  const words = shellWords(script);
  if (
    words === undefined || typeof cwd !== "string" || !cwd.startsWith("/") || !isHarmless(cwd, "/")
  ) {
    return false;
  }
  let folders: readonly string[] = [cwd];
  let call: string[] = [];
  let isPiped = false;
  for (const word of [...words, { kind: "separator", text: "" }]) {
    if (word.kind === "text") {
      call.push(word.text);
      continue;
    }
    const [program = "", ...args] = call;
    const next = program === "cd" ? enter(args, folders) : folders;
    if (next === undefined) return false;
    if (program !== "cd" && !isReader(program, { args, folders, isPiped })) return false;
    folders = next;
    call = [];
    isPiped = word.text === "|";
  }
  return true;
}

/** The folders after a `cd`, with those before it: it may fail, or run in a shell of its own. */
function enter(args: readonly string[], folders: readonly string[]): string[] | undefined {
  const [folder = "-", ...others] = args;
  if (others.length > 0 || /^[-~]/.test(folder) || folders.length > 8) return undefined; // where `~` is, is unknown
  if (folders.some((from) => !isHarmless(folder, from))) return undefined;
  return [...folders, ...folders.map((from) => resolve(folder, from))];
}

function isReader(program: string, { args, folders, isPiped }: Call): boolean {
  const reader = READERS.get(program);
  if (reader === undefined || reader.accepts?.(args) === false) return false;
  const { refuses, valued = "", needs = one, isRecursive } = reader;
  const operands = operandsOf(args, valued);
  if (!isPiped && operands.length < needs(args)) return false;
  if (isRecursive?.(args) === true) {
    const places = [".", ...args]; // a value of an option may be taken for a folder, which is stricter
    if (folders.some((from) => places.some((place) => resolve(place, from) === "/"))) return false;
  }
  return args.every((arg) =>
    refuses?.test(arg) !== true && folders.every((from) => isHarmless(arg, from))
  );
}

/** Long options without a value. Any other may take the next word for its value. */
const FLAG =
  /^--(?:count|files-with-matches|fixed-strings|follow|hidden|ignore-case|invert-match|line-number|no-[\w-]+|recursive|smart-case|word-regexp)$/;

/** Whether a word may take the next one for its value, even one that looks like an option. */
function takesNext(arg: string | undefined, valued: string): boolean {
  if (arg === undefined || !/^-./.test(arg)) return false;
  return arg.startsWith("--")
    ? !arg.includes("=") && !FLAG.test(arg)
    : valued.includes(arg.at(-1) ?? "-");
}

/** The words before `--`, without those that may be values of an option, and the words after it. */
function split(args: readonly string[], valued: string): { own: string[]; rest: string[] } {
  const isValue = (at: number): boolean => takesNext(args[at - 1], valued);
  const end = args.findIndex((arg, at) => arg === "--" && !isValue(at));
  const before = end < 0 ? args : args.slice(0, end);
  return {
    own: before.filter((_, at) => !isValue(at)),
    rest: end < 0 ? [] : args.slice(end + 1),
  };
}

/** Whether ripgrep lists files: not if `--files` may be an operand, or the value of an option. */
function listsFiles(args: readonly string[]): boolean {
  return split(args, RG_VALUED).own.includes("--files");
}

/** The letters of all short options, without the values that are attached to them. */
function lettersOf(args: readonly string[], valued: string): string {
  const options = split(args, valued).own.filter((arg) => /^-[^-]/.test(arg));
  const letters = options.map((arg) => {
    const last = [...arg].findIndex((letter) => valued.includes(letter));
    return last < 0 ? arg.slice(1) : arg.slice(1, last + 1);
  });
  return letters.join("");
}

/** The words that are not options and cannot be values of options. */
function operandsOf(args: readonly string[], valued: string): string[] {
  const { own, rest } = split(args, valued);
  return [...own.filter((arg) => !arg.startsWith("-")), ...rest];
}

/** Folders whose files do not end, ask something of the kernel, or lie on other machines. */
const ODD_PLACES = /^\/(?:dev|proc|sys|net|network|afs)(?:\/|$)/i;

/** Whether an argument names nothing but ordinary files, if it is a path, or contains one behind an option. */
function isHarmless(arg: string, from: string): boolean {
  if (arg === "-") return false; // the standard input
  const value = arg.startsWith("-") ? arg.slice(arg.search(/[=/~]|$/)).replace(/^=/, "") : arg;
  if (value.includes("//")) return false; // another machine
  // The value of a short option may begin behind any letter.
  const short = /^-[^-]/.test(arg) ? arg.slice(2, Math.max(2, arg.indexOf("/"))) : "";
  if ([...short].some((_, at) => ODD_PLACES.test(resolve(arg.slice(at + 2), from)))) return false;
  if (value.includes("~")) return /^~(?:\/(?!\.\.(?:\/|$))[^/~]+)*\/?$/.test(value);
  return !ODD_PLACES.test(resolve(value, from));
}

/** Joins and normalizes a path by its words alone. */
function resolve(path: string, from: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith("/") ? path : `${from}/${path}`).split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}
