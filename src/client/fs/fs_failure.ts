/** Derives the reason of a failed file operation from the server's message, which has no code for it. */
import { FsError, type FsErrorReason } from "../../errors/fs_errors.ts";
import { JsonRpcError } from "../../errors/json_rpc_errors.ts";

/** The messages on Linux, macOS and Windows. */
const REASONS: readonly (readonly [message: RegExp, reason: FsErrorReason])[] = [
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

/** A POSIX path on Windows or the reverse: the SDK's own check accepts both. */
const FOREIGN = /AbsolutePathBuf deserialized without a base path/;

/** Errors of the operating system, and the server's own messages about files. */
const FILE_ERROR = /\(os error -?\d+\)|is not a file$|^file is too large|^fs\/copy /;

/** Returns the `FsError` for the error of a request about a path; returns other errors unchanged. */
export function fsFailure(error: unknown, path: string): unknown {
  if (!(error instanceof JsonRpcError)) return error;
  const { method, rpcCode, data } = error;
  const isForeign = FOREIGN.test(error.message);
  if (!isForeign && !FILE_ERROR.test(error.message)) return error;
  const message = isForeign ? "The path is not absolute on the server's system" : error.message;
  const reason = REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? "other";
  const named = message.includes(path) ? message : `${message}: "${path}"`;
  return new FsError(named, { method, rpcCode, data, reason, path });
}
