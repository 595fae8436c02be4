/** Checks what a job or a setting names before git sees it. */
import { isAbsolute } from "node:path";
import { WorkspaceError } from "./errors.ts";

/** A name of a reference, by the rules of `git check-ref-format`, and without what git reads as an expression. */
export function checkRef(ref: string): string {
  const isFine = ref.length <= 200 && /^[\w@][\w./@+=#-]*$/.test(ref) &&
    !/\.\.|\/\/|@\{|(?:^|\/)\.|\.(?:lock)?(?:\/|$)|\/$/.test(ref) && ref !== "@";
  if (!isFine) {
    throw new WorkspaceError(
      `${JSON.stringify(ref)} is no name of a branch, a tag or a commit`,
      "workspace_ref",
    );
  }
  return ref;
}

/** Whether a reference is the whole name of a commit. */
export function isCommit(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

/** An address that git reaches by HTTPS, SSH or a path, without a program of its own and without a password in it. */
export function checkUrl(url: string): string {
  const problem = problemOf(url);
  if (problem !== undefined) {
    // The address may have a secret: it is not shown.
    throw new WorkspaceError(
      `the address of its repository ${problem}; use https://, ssh://, git@host:path or an absolute path`,
      "workspace_url",
    );
  }
  return url;
}

function problemOf(url: string): string | undefined {
  // deno-lint-ignore no-control-regex
  if (url.length > 2_000 || /[\u0000-\u0020\u007f]/.test(url)) {
    return "has spaces or control characters";
  }
  if (url.startsWith("-")) return "begins with a dash";
  if (url.includes("::")) return "names a program";
  if (isAbsolute(url)) return undefined;
  const host = String.raw`(?!-)[\w.-]+`;
  if (new RegExp(`^(?:(?!-)[\\w.-]+@)?${host}:(?![-/]{2}|-)[^:]+$`).test(url)) {
    return /^[a-z]:/i.test(url) ? "is no absolute path" : undefined;
  }
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return "cannot be read";
  }
  const { protocol, username, password, hostname } = parsed;
  if (protocol !== "https:" && protocol !== "ssh:") return `has the scheme "${protocol}"`;
  if (password !== "" || (protocol === "https:" && username !== "")) {
    return "has credentials in it: give them to git, by a credential helper or GIT_ASKPASS";
  }
  if (hostname.startsWith("-") || username.startsWith("-")) return "has a name with a dash";
  return undefined;
}
