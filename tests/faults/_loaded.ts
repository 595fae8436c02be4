/** Loads all modules of the client: it loads some on first use, and fake time would not wait for the first time. */
import { filesUnder } from "../../scripts/_lib/project.ts";

for (const file of filesUnder("src/client", ".ts")) {
  await import(new URL(`../../${file}`, import.meta.url).href);
}
