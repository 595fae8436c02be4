/** Tells from the server's words why a file could not be used: it has no other way to say so. */
import { FsError, type FsErrorReason } from "../../errors/fs_errors.ts";
import { JsonRpcError } from "../../errors/json_rpc_errors.ts";

/** What the server says, be it on Linux, macOS or Windows. */
const REASONS: readonly (readonly [words: RegExp, reason: FsErrorReason])[] = [
  [/^No such file or directory|^The system cannot find the (file|path)/, "notFound"],
  [/^(Permission denied|Operation not permitted|Access is denied)/, "permissionDenied"],
  [/^File exists|^The file exists|^Cannot create a file when that file already/, "alreadyExists"],
  [/^Is a directory|is not a file$|requires recursive: true when/, "isDirectory"],
  [/^Not a directory|^The directory name is invalid/, "notDirectory"],
  [/^(Directory not empty|The directory is not empty)/, "notEmpty"],
  [/^Read-only file system/, "readOnly"],
  [/^No space left on device|^There is not enough space on the disk/, "noSpace"],
  [/^file is too large/, "tooLarge"],
];

/** A path of the other kind of system, POSIX or Windows: the check here takes both. */
const FOREIGN = /AbsolutePathBuf deserialized without a base path/;

/** A failure of the system, or one that the server tells in a sentence of its own. */
const OF_FILES = /\(os error -?\d+\)|is not a file$|^file is too large|^fs\/copy /;

/** Gives the `FsError` for what a request about a path was answered with; what is no matter of files stays as it is. */
export function fsFailure(error: unknown, path: string): unknown {
  if (!(error instanceof JsonRpcError)) return error;
  const { method, rpcCode, data } = error;
  const isForeign = FOREIGN.test(error.message);
  if (!isForeign && !OF_FILES.test(error.message)) return error;
  const message = isForeign ? "The path is not absolute on the server's system" : error.message;
  const reason = REASONS.find(([words]) => words.test(message))?.[1] ?? "other";
  const named = message.includes(path) ? message : `${message}: "${path}"`;
  return new FsError(named, { method, rpcCode, data, reason, path });
}
