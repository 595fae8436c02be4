import { readFile } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";

/** An `https:` address for a server that speaks `http:`. */
export interface SecureFront {
  readonly url: string;
  close(): void;
}

/** Puts TLS before the server at `url`, with `key.pem` and `cert.pem` of a folder. */
export async function secureFront(url: string, folder: string): Promise<SecureFront> {
  const { port, pathname } = new URL(url);
  const [key, cert] = await Promise.all(
    ["key.pem", "cert.pem"].map((name) => readFile(join(folder, name))),
  );
  const server = createServer({ key: key!, cert: cert! }, (outer) => {
    const inner = connect(Number(port), "127.0.0.1");
    const cut = (): void => void (outer.destroy(), inner.destroy());
    outer.on("error", cut).on("close", cut).pipe(inner);
    inner.on("error", cut).on("close", cut).pipe(outer);
  });
  server.on("tlsClientError", () => {}); // A client that does not trust the certificate.
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: front } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${front}${pathname}`, close: () => void server.close() };
}
