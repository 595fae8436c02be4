/** Writes the types of the protocol: `deno task generate`. */
import { commandLine, runMain } from "./_lib/command_line.ts";
import { writeOrCheck } from "./_lib/format_code.ts";
import { readProtocol } from "./_generate/read_protocol.ts";
import { withUpstream } from "./_generate/run_upstream.ts";
import { writeFiles } from "./_generate/write_files.ts";

const { values } = commandLine({
  help: `Writes src/generated/ from the pinned runtime, which prints its own protocol.

  deno task generate [--check] [--out=FOLDER]

  --check  writes nothing, and fails where a file differs
  --out    another folder, from the root of the project`,
  options: {
    check: { type: "boolean", default: false },
    out: { type: "string", default: "src/generated" },
  },
});

await runMain(async () => {
  const protocol = await withUpstream(readProtocol);
  if (protocol.faults.length > 0) {
    throw new Error(
      `Cannot generate: ${protocol.faults.join("; ")}. See "Updating Codex" in docs/releasing.md`,
    );
  }
  for (const [name, text] of writeFiles(protocol)) {
    writeOrCheck(`${values.out}/${name}`, text, "generate", values.check);
  }
});
