/**
 * Gives how many of the bytes can be decoded on their own: all but a code point that starts within the last 3 bytes and
 * is not complete.
 *
 * A lead byte always starts a new sequence, so text that is cut before one decodes to the same string in two parts,
 * invalid bytes included.
 */
export function completeLength(bytes: Uint8Array): number {
  const length = bytes.length;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) return length;
    if (byte >= 0xc0) return back < sequenceLength(byte) ? length - back : length;
  }
  return length;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}
