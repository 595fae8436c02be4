/** Recognises values of any realm (a test environment, a frame, `node:vm`), for which `instanceof` is false. */

/** Whether a value is a `Uint8Array`. */
export function isUint8Array(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && tagOf(value) === "Uint8Array";
}

/** Whether a value is an `ArrayBuffer`. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return tagOf(value) === "ArrayBuffer";
}

/** Whether a value is a `Blob` or a `File`. */
export function isBlob(value: unknown): value is Blob {
  const tag = tagOf(value);
  return (tag === "Blob" || tag === "File") && hasMethod(value, "arrayBuffer");
}

/** Whether a value is a `ReadableStream`. */
export function isReadableStream(value: unknown): value is ReadableStream {
  return tagOf(value) === "ReadableStream" && hasMethod(value, "pipeTo");
}

/** Whether a value is a promise, or any object that can be awaited. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return hasMethod(value, "then");
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as Record<string, unknown>)[name] === "function";
}

/** The name of a value's class, also that of a subclass's base: `"Blob"`. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
