/** Writes made-up upstream files, as `codex app-server generate-ts` writes them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UpstreamFolders } from "../../scripts/_generate/run_upstream.ts";
import { compareProtocols, type Drift } from "../../scripts/_upstream/compare_protocols.ts";

/** One version of a protocol. */
export interface SimulatedHost {
  /** The members of each union of messages, as `{ "method": "a", params: AParams }`. */
  readonly messages?: Readonly<Record<string, string>>;
  /** The named types. */
  readonly types?: Readonly<Record<string, string>>;
  /** What of both the stable files have otherwise; `undefined` leaves it out. */
  readonly stable?: Readonly<Record<string, string | undefined>>;
}

const NOBODY = '{ "method": "nothing", params: undefined }';

const UNIONS: Readonly<Record<string, string>> = {
  ClientNotification: NOBODY,
  ClientRequest: NOBODY,
  ServerNotification: NOBODY,
  ServerRequest: NOBODY,
  NothingResponse: "Record<string, never>",
};

/** Compares two made-up versions, 1.0.0 and 1.1.0. */
export function compareMadeUp(before: SimulatedHost, after: SimulatedHost): Drift {
  const folder = mkdtempSync(join(tmpdir(), "codex-made-up-"));
  try {
    const [from, to] = [before, after].map((protocol, index): UpstreamFolders => {
      const all = { ...UNIONS, ...protocol.messages, ...protocol.types };
      const experimental = write(join(folder, `experimental${index}`), all);
      const stable = write(join(folder, `stable${index}`), { ...all, ...protocol.stable });
      return { experimental, stable, version: `1.${index}.0` };
    });
    return compareProtocols(from!, to!);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(folder: string, types: Readonly<Record<string, string | undefined>>): string {
  mkdirSync(folder);
  for (const [name, type] of Object.entries(types)) {
    if (type === undefined) continue;
    const used = Object.keys(types).filter((other) =>
      other !== name && new RegExp(`\\b${other}\\b`).test(type)
    );
    const imports = used.map((other) => `import type { ${other} } from "./${other}";\n`).join("");
    writeFileSync(join(folder, `${name}.ts`), `${imports}export type ${name} = ${type};\n`);
  }
  return folder;
}
