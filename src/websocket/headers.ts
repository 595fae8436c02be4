/** Headers that the handshake sets itself. */
const OWN: readonly string[] = [
  "host",
  "upgrade",
  "connection",
  "content-length",
  "transfer-encoding",
];
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible ASCII, with blanks between. */
const VALUE = /^[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*$|^$/;

/**
 * Checks the caller's headers.
 *
 * @throws {TypeError} if a name or value is not valid, or the handshake sets it; the message does not quote values
 */
export function checkHeaders(
  headers: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name)) throw new TypeError("Cannot send a header: its name is not valid");
    if (OWN.includes(name.toLowerCase()) || /^sec-websocket-/i.test(name)) {
      throw new TypeError(`Cannot send the header "${name}": the handshake sets it`);
    }
    if (typeof value !== "string" || !VALUE.test(value)) {
      throw new TypeError(`Cannot send the header "${name}": its value must be visible ASCII`);
    }
  }
  return { ...headers };
}

/**
 * Checks the caller's `Host` header and path.
 *
 * @throws {TypeError} if it would not stay one part of its line; the message does not quote a path, which may be secret
 */
export function checkAddress(
  { host, path }: { readonly host: string; readonly path: string },
): void {
  if (!/^[\x21-\x7e]+$/.test(host)) {
    throw new TypeError(`"host" must be visible ASCII without blanks`);
  }
  if (/^\/[\x21-\x7e]*$/.test(path)) return;
  throw new TypeError(`"path" must begin with "/" and be visible ASCII without blanks`);
}
