import { startCommand } from "../../scripts/_lib/program.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("startCommand starts programs directly where they are files", () => {
  for (const platform of ["linux", "darwin"]) {
    const command = { program: "npm", args: ["pack", "a b"], shell: false };
    assertEquals(startCommand(platform, "npm", ["pack", "a b"]), command);
  }
});

test("startCommand starts npm on Windows through the shell, without splitting its arguments", () => {
  const into = "--pack-destination=C:\\Users\\A B\\out & more";
  assertEquals(startCommand("win32", "npm", ["pack", "--json", into, ""]), {
    program: "npm.cmd",
    args: ["pack", "--json", `"${into}"`, `""`],
    shell: true,
  });
  const deno = "C:\\sdk\\node_modules\\deno\\deno.exe";
  assertEquals(startCommand("win32", deno, ["a b"]), {
    program: deno,
    args: ["a b"],
    shell: false,
  });
});

test("startCommand rejects arguments that the Windows shell would change", () => {
  for (const arg of ['a"b', "%PATH%", "a\nb"]) {
    assertThrows(() => startCommand("win32", "npm", [arg]), TypeError, "batch file");
  }
});
