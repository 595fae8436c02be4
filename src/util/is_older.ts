/** Whether a release of Codex comes before another one; a build from the sources, `0.0.0`, never does. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(than)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && a.some((number) => number > 0) && (a[at] ?? 0) < (b[at] ?? 0);
}

function numbersOf(version: string): number[] {
  return version.split(/[-+]/, 1).join().split(".").map(Number);
}
