import {
  audio,
  image,
  localAudio,
  localImage,
  mention,
  skill,
  text,
  type TurnInput,
} from "../../../mod.ts";
import { HttpServer } from "../../../src/testing/http_server.ts";
import { InputFetchError } from "../../../errors.ts";
import { loopbackEnv } from "../../../src/testing/loopback.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../_support/assert.ts";
import { withVariables } from "../../_support/surroundings.ts";
import { test } from "../../_support/test.ts";
import { count, finish, open, reasonOf } from "../_fixture.ts";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0xff]);
const PNG_URL = "data:image/png;base64,iVBORw0KGgoA/w==";

/** Returns the input that the server receives. */
async function sent(input: TurnInput): Promise<unknown> {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn(input);
  await finish(server, turn);
  return (await server.nextRequest("turn/start")).params.input;
}

test("image accepts bytes, a Blob and a data URL, and sends each as a data URL [R-77]", async () => {
  const blob = new Blob([PNG], { type: "image/png" });
  const sources = [
    image(PNG),
    image(PNG.buffer),
    image(PNG, { mimeType: "image/png" }),
    image(new Uint8Array([9, ...PNG, 9]).subarray(1, 11)),
    image(blob),
    image(new Blob([PNG])),
    image(new File([PNG], "x.png", { type: "image/png" })),
    image(PNG_URL),
  ];
  const wire = await sent(["look", ...sources]) as { type: string; url?: string }[];
  assertEquals(wire.length, sources.length + 1);
  for (const part of wire.slice(1)) assertEquals(part, { type: "image", url: PNG_URL });
});

test("image detects the media type of bytes, and prefers the given one [R-77]", () => {
  const typeOf = (begin: string): string => {
    const bytes = Uint8Array.from(begin + "    ", (char) => char.charCodeAt(0));
    return image(bytes).url.split(";")[0] ?? "";
  };
  assertEquals(typeOf("\x89PNG\r\n\x1a\n"), "data:image/png");
  assertEquals(typeOf("\xff\xd8\xff"), "data:image/jpeg");
  assertEquals(typeOf("GIF89a"), "data:image/gif");
  assertEquals(typeOf("RIFF1234WEBP"), "data:image/webp");
  assertEquals(audio(new TextEncoder().encode("RIFF1234WAVE")).url.slice(0, 14), "data:audio/wav");
  assertEquals(
    image(new Uint8Array([1]), { mimeType: "image/avif" }).url,
    "data:image/avif;base64,AQ==",
  );
  assertThrows(() => image(new Uint8Array([1, 2])), TypeError, "mimeType");
  assertThrows(() => image(PNG, { mimeType: "png" }), TypeError, "mimeType");
  assertThrows(() => image(new Uint8Array()), TypeError, "empty");
  assertThrows(() => image(5 as unknown as string), TypeError, "Blob");
});

test("image encodes large inputs correctly, with and without the runtime's own base64 [R-77]", () => {
  const bytes = new Uint8Array(3_000_001).fill(0).map((_, index) => index * 31);
  const { url } = image(bytes, { mimeType: "image/png" });
  const decoded = atob(url.slice(url.indexOf(",") + 1));
  assertEquals(decoded.length, bytes.length);
  assert(bytes.every((byte, index) => decoded.charCodeAt(index) === byte));
  const plain = Object.defineProperty(bytes.slice(0, 100_000), "toBase64", { value: undefined });
  assertEquals(
    image(plain, { mimeType: "image/png" }).url.slice(0, 100_000),
    url.slice(0, 100_000),
  );
});

test("Thread.turn rejects an http URL of an image with the reason, and sends nothing [R-77]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const address = "https://example.com/x.png";
  for (const part of [image(address), audio(address), image(address, { fetch: false })]) {
    const error = await assertRejects(() => thread.turn(["hi", part]), TypeError);
    assert(/server does not fetch URLs .*fetch: true/.test(error.message), error.message);
  }
  assertEquals(count(server, "turn/start"), 0);
});

test("image with fetch downloads the URL itself [R-77]", async () => {
  const fetchBefore = globalThis.fetch;
  const asked: string[] = [];
  globalThis.fetch = ((url: string) => {
    asked.push(url);
    const headers = { "content-type": "image/png; charset=binary" };
    return Promise.resolve(new Response(PNG, { headers }));
  }) as typeof fetch;
  try {
    const wire = await sent([image(" https://example.com/x.png", { fetch: true, detail: "low" })]);
    assertEquals(wire, [{ type: "image", url: PNG_URL, detail: "low" }]);
    assertEquals(asked, ["https://example.com/x.png"]);
  } finally {
    globalThis.fetch = fetchBefore;
  }
});

test("Thread.turn rejects with InputFetchError when an image cannot be fetched, and sends nothing [R-77]", async () => {
  // A connection that Node keeps alive has a timer, which would leak into the following tests.
  const server = await HttpServer.start((_request, reply) => {
    return Promise.resolve(reply.send(404, { connection: "close" }, "{}"));
  });
  await using _closed = { [Symbol.asyncDispose]: () => server.close() };
  await using fixture = await open();
  const part = image(`${server.origin}/nothing.png`, { fetch: true });
  // An image may be fetched through a proxy, but this server must not be.
  const error = await withVariables(
    { ...loopbackEnv() },
    () => assertRejects(() => fixture.thread.turn(["hi", part]), InputFetchError),
  );
  assert(/HTTP \d/.test(error.message) && error.cause instanceof Error, error.message);
  const controller = new AbortController();
  controller.abort("enough");
  const { signal } = controller;
  assertEquals(await reasonOf(fixture.thread.turn(["hi", part], { signal })), "enough");
  assertEquals(count(fixture.server, "turn/start"), 0);
});

test("text, localImage, localAudio, skill and mention are converted to the protocol's form", async () => {
  assertEquals(
    await sent([
      text("a"),
      localImage("/x.png", { detail: "high" }),
      localImage("/y.png"),
      localAudio("/z.wav"),
      skill("s", "/s/SKILL.md"),
      mention("m", "/m"),
    ]),
    [
      { type: "text", text: "a", text_elements: [] },
      { type: "localImage", path: "/x.png", detail: "high" },
      { type: "localImage", path: "/y.png" },
      { type: "localAudio", path: "/z.wav" },
      { type: "skill", name: "s", path: "/s/SKILL.md" },
      { type: "mention", name: "m", path: "/m" },
    ],
  );
});

test("TurnHandle.steer accepts images too [R-77]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/steer", () => ({ turnId: "turn-1" }));
  const turn = await thread.turn("hi");
  await turn.steer([image(new Blob([PNG]))]);
  const { params } = await server.nextRequest("turn/steer");
  assertEquals(params.input, [{ type: "image", url: PNG_URL }]);
  await finish(server, turn);
});
