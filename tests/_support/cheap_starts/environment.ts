/** Lets tests start the real binary and run turns for half of the CPU time. */
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../../scripts/_lib/command.ts";
import { withScratch } from "../../../scripts/_lib/interruption.ts";
import { denoPath } from "../../../scripts/_lib/project.ts";
import { kindOf } from "../../../scripts/_lib/test_batches.ts";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Runs an action with the variables for the processes of test files. New homes get databases that are ready; the binary
 * does not run `lsb_release`; and for each turn it reads one certificate, not those of the system, which no test needs. Its
 * key is gone, so it lets Bun, which reads the variable too, trust nobody.
 */
export async function withCheapStarts<T>(
  files: readonly string[],
  action: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  if (files.every((file) => kindOf(file) === "unit")) return await action({});
  return await withScratch("databases-", async (databases) => {
    // If this fails, so do the tests: they start the same binary.
    const script = join(here, "prepare_databases.ts");
    await runCommand(denoPath(), ["run", "-A", "--no-check", script, databases]);
    return await action({
      CODEX_TEST_DATABASES: databases,
      PATH: [join(here, "bin"), process.env["PATH"]].join(delimiter),
      SSL_CERT_FILE: join(here, "certificate.pem"),
      SSL_CERT_DIR: join(here, "bin"),
    });
  });
}
