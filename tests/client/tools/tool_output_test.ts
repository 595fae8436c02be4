import { audio, image, text } from "../../../mod.ts";
import { toolOutput } from "../../../src/client/tools/tool_output.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

const { signal } = new AbortController();
const GIF = Uint8Array.from("GIF89a", (char) => char.charCodeAt(0));
const WAV = Uint8Array.from("RIFF\0\0\0\0WAVE", (char) => char.charCodeAt(0));
const GIF_ITEM = { type: "inputImage", imageUrl: "data:image/gif;base64,R0lGODlh" };
const WAV_ITEM = { type: "inputAudio", audioUrl: "data:audio/wav;base64,UklGRgAAAABXQVZF" };
const textItem = (text: string): unknown => ({ type: "inputText", text });
const output = (value: unknown): Promise<unknown> => toolOutput(value, signal);

test("toolOutput passes strings on, and sends everything else as JSON", async () => {
  const cases: [unknown, string][] = [
    ["as it is", "as it is"],
    ["", ""],
    [5, "5"],
    [false, "false"],
    [null, "null"],
    [undefined, "(no output)"],
    [{ city: "Bern", at: new Date(0) }, '{"city":"Bern","at":"1970-01-01T00:00:00.000Z"}'],
    [["a", "b"], '["a","b"]'],
    [[], "[]"],
    [Number.NaN, "null"],
  ];
  for (const [value, expected] of cases) assertEquals(await output(value), [textItem(expected)]);
});

test("toolOutput turns parts, media bytes and Blobs into content, alone and in arrays", async () => {
  const images = [
    image(GIF),
    image(new Blob([GIF], { type: "image/gif" })),
    GIF,
    GIF.buffer,
    new Blob([GIF]),
    new Blob([GIF], { type: "image/gif" }),
    GIF_ITEM,
    image(GIF_ITEM.imageUrl, { detail: "high" }),
  ];
  for (const value of images) assertEquals(await output(value), [GIF_ITEM]);
  for (const value of [audio(WAV), WAV, new Blob([WAV], { type: "audio/wav" }), WAV_ITEM]) {
    assertEquals(await output(value), [WAV_ITEM]);
  }
  assertEquals(
    await output(["see", image(GIF), text("and"), { type: "inputText", text: "hear" }, WAV, {
      n: 1,
    }]),
    [textItem("see"), GIF_ITEM, textItem("and"), textItem("hear"), WAV_ITEM, textItem('{"n":1}')],
  );
});

test("toolOutput treats data that only looks like content as data", async () => {
  const data = [
    { type: "text", text: 5 },
    { type: "image", url: "https://example.com/a.png", width: 5 },
    { type: "localImage", path: "/a.png" },
    { type: "text", text: "a", more: true },
    { type: "toString" },
  ];
  for (const value of data) assertEquals(await output(value), [textItem(JSON.stringify(value))]);
  assertEquals(await output(data), [textItem(JSON.stringify(data))]);
});

test("toolOutput refuses values that would be empty as JSON, at any depth", async () => {
  class Hidden {
    #value = 1;
    get value(): number {
      return this.#value;
    }
  }
  async function* generate(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
  }
  const cases: [unknown, string][] = [
    [new Map([["a", 1]]), "Map"],
    [new Set([1]), "Set"],
    [new Response("body"), "Response"],
    [new ReadableStream(), "ReadableStream"],
    [new Error("given, not thrown"), "Error"],
    [new Hidden(), "Hidden"],
    [generate(), "AsyncGenerator"],
    [{ later: [Promise.resolve(1)] }, "Promise"],
    [{ photo: new Blob([GIF]) }, "Blob"],
  ];
  for (const [value, kind] of cases) {
    const why =
      `The result cannot be converted to JSON: it contains a "${kind}", which has no JSON`;
    await assertRejects(() => output(value), TypeError, why);
  }
  const fine = { nothing: {}, bare: Object.create(null), list: [[]], when: new Date(0), n: null };
  assertEquals(await output(fine), [textItem(JSON.stringify(fine))]);
});

test("toolOutput refuses values that are not JSON, and media that the server would refuse", async () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const value of [cycle, 5n, { n: 5n }, () => {}, Symbol("s")]) {
    await assertRejects(() => output(value), TypeError, "The result cannot be converted to JSON: ");
  }
  const media = [
    [image("https://example.com/a.png"), "fetch: true"],
    [image("garbage"), "must be a data: URL"],
    [{ type: "inputImage", imageUrl: "https://example.com/a.png" }, "must be a data: URL"],
    [new Uint8Array([1, 2, 3]), "Cannot detect the media type"],
    [new Blob(["x"], { type: "application/pdf" }), 'got "application/pdf"'],
  ] as const;
  for (const [value, why] of media) await assertRejects(() => output(value), TypeError, why);
});

test("toolOutput stops fetching media when the signal fires", async () => {
  const controller = new AbortController();
  controller.abort(new RangeError("enough"));
  const media = image("http://127.0.0.1:9/a.png", { fetch: true });
  await assertRejects(() => toolOutput([media], controller.signal), RangeError, "enough");
});
