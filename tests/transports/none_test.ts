import { SpawnError } from "../../src/errors/start_errors.ts";
import { stdio } from "../../transports/none.ts";
import { assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("stdio says that no program can be started, and what to do", async () => {
  const advice = `open a connection with the option "connect"`;
  await assertRejects(() => stdio()(), SpawnError, advice);
});
