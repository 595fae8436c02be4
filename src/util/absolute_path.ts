/** Tells whether a path is absolute, by the rules of POSIX or of Windows: the server may run on either. */
export function isAbsolutePath(path: string): boolean {
  return /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
}
