/** Returns whether a path is absolute under POSIX or Windows rules; the server may run on either. */
export function isAbsolutePath(path: string): boolean {
  return /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
}
