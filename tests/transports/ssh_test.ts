import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quoteWords } from "../../src/process/shell_words.ts";
import { ssh, type SshOptions } from "../../transports/ssh.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { output, withFolder } from "../process/_current.ts";
import { fakeSsh } from "./_fake_ssh.ts";

const HARD: readonly string[] = [
  "",
  "a b",
  "it's",
  `"double" and 'single'`,
  "$HOME `id` $(id)",
  "back\\slash \\\\ \\' '\\",
  "!history !!",
  "*?[a]{b,c}~ # & ; | < > ( )",
  "\u00e9\u4e2d\u{1f600}",
  "tab\tcr\rend",
];
const WITH_NEWLINES: readonly string[] = ["two\nlines", "\n", "ends\\\n"];

/** Login shells, with whether they take a newline in quotes. */
const SHELLS: readonly (readonly [string, boolean])[] = [
  ["sh", true],
  ["dash", true],
  ["bash", true],
  ["zsh", true],
  ["ksh", true],
  ["mksh", true],
  ["fish", true],
  ["tcsh", false],
  ["csh", false],
];

/** The shells of this machine. */
async function shells(): Promise<{ name: string; path: string; newlines: boolean }[]> {
  const found = await Promise.all(SHELLS.map(async ([name, newlines]) => {
    const { code, stdout } = await output(["/bin/sh", "-c", `command -v ${name}`]);
    return { name, path: code === 0 ? stdout.trim() : "", newlines };
  }));
  return found.filter(({ path }) => path !== "");
}

test("quoteWords means the same words to every shell [R-109]", async () => {
  // What `fish` and `csh` would read between single quotes lies outside; not every machine has them.
  assertEquals(quoteWords(["a'b\\c!", "", "-x=1"]), `'a'\\''b'\\\\'c'\\! '' -x=1`);
  const all = await shells();
  assert(all.length > 0);
  for (const { name, path, newlines } of all) {
    const words = newlines ? [...HARD, ...WITH_NEWLINES] : HARD;
    const { stdout, stderr } = await output([path, "-c", `printf '<%s>' ${quoteWords(words)}`]);
    assertEquals(stdout, words.map((word) => `<${word}>`).join(""), `${name}: ${stderr}`);
  }
});

/** Prints its folder, its words and what is left of its environment, each in `<>`, and then its input. */
function serverFor(variables: readonly string[]): string {
  const values = variables.map((name) => `"$${name}"`).join(" ");
  return `#!/bin/sh\nprintf '<%s>' "$PWD" "$@" ${values} "\${HOME-unset}"\nexec cat\n`;
}

test("ssh starts a server with every word, folder and value as given, from every login shell [R-109]", async () => {
  await withFolder(async (folder) => {
    for (const shell of await shells()) {
      const values = shell.newlines ? [...HARD, ...WITH_NEWLINES] : HARD;
      const variables = values.map((value, index) => [`V${index}`, value] as const);
      const sshBin = await fakeSsh(folder, shell.path);
      const hard = shell.newlines ? "it's $HOME\n\u4e2d \\x" : "it's $HOME \u4e2d \\x";
      for (const name of ["plain", hard, "-"]) {
        const cwd = join(folder, name);
        await mkdir(cwd, { recursive: true });
        const codexBin = join(cwd, "my codex's");
        await writeFile(codexBin, serverFor(variables.map(([it]) => it)), { mode: 0o755 });
        const transport = await ssh("box", {
          codexBin,
          sshBin,
          cwd: name === "plain" ? cwd : name,
          env: { ...Object.fromEntries(variables), HOME: undefined },
          configOverrides: ["a=b c"],
        })();
        const writer = transport.writable.getWriter();
        await writer.write("input");
        await writer.close();
        const printed: string[] = [];
        for await (const batch of transport.readable) printed.push(...batch);
        await transport.closed;
        const args = ["--config", "a=b c", "app-server", "--listen", "stdio://"];
        const words = [cwd, ...args, ...values, "unset"].map((word) => `<${word}>`);
        assertEquals(printed.join("\n"), `${words.join("")}input`, shell.name);
      }
    }
  });
});

test("ssh passes its own options after the caller's, then the host and one command [R-109]", async () => {
  await withFolder(async (folder) => {
    const sshBin = await fakeSsh(folder);
    const sshArgs = ["-p", "2222", "-o", "ServerAliveInterval=5"];
    const transport = await ssh("me@box", {
      sshBin,
      sshArgs,
      codexBin: "true",
      env: { TOKEN: "s3cret" },
      mcpServers: { search: { url: "https://mcp.example.com/", bearerToken: "t0ken" } },
    })();
    await transport.closed;
    assertEquals(transport.hiddenVariables, ["CODEX_SDK_MCP_0_BEARER_TOKEN"]);
    const lines = (await readFile(join(folder, "args"), "utf8")).trim().split("\n");
    assertEquals(lines.slice(0, 5), [...sshArgs, "-T"]);
    for (const option of ["BatchMode=yes", "ServerAliveInterval=15", "ForwardAgent=no"]) {
      assertEquals(lines[lines.indexOf(option) - 1], "-o", option);
    }
    assertEquals(lines.slice(-3, -1), ["--", "me@box"]);
    assertMatch(lines.at(-1) ?? "", /^exec sh -c .*TOKEN.* sh true --config .*app-server/);
    assert(!/s3cret|t0ken/.test(lines.join()));
  });
});

test("ssh refuses hosts and options that would mean something else [R-109]", () => {
  const hosts: readonly unknown[] = [
    ...["", "-oProxyCommand=id", "me@-box", "a b", "a\nb", "a\0b", "a;id", "$(id)", "`id`", "a|b"],
    ...["ssh://-oProxyCommand=id", "ssh://a%3Bid@box", "SSH://a%3bid@box", undefined, 5],
  ];
  for (const host of hosts) assertThrows(() => ssh(host as string), TypeError, "host of ssh()");
  const options: readonly (readonly [object, string])[] = [
    [{ env: { "A B": "1" } }, "not a valid name"],
    [{ env: { "A;id": "1" } }, "not a valid name"],
    [{ env: { A: "1\0" } }, '"env.A"'],
    [{ env: { A: 5 } }, '"env.A"'],
    [{ codexBin: "" }, '"codexBin"'],
    [{ cwd: "a\0" }, '"cwd"'],
    [{ cwd: "~/project" }, "home folder"],
    [{ sshArgs: ["-p", 22] }, '"sshArgs"'],
    [{ sshArgs: "-p 22" }, '"sshArgs"'],
    [{ mode: "ws" }, '"stdio" or "socket"'],
    [{ socket: "/s" }, '"mode": "socket"'],
    [{ mode: "socket", socket: "" }, '"socket"'],
    [{ mode: "socket", mcpServers: {} }, "config.toml of the host"],
    [{ mode: "socket", configOverrides: {} }, "config.toml of the host"],
    [{ port: 22 }, '["-p", "2222"]'],
    [{ codexHome: "/x" }, "CODEX_HOME"],
    [{ configOverrides: { a: null } }, "config value"],
  ];
  for (const [given, hint] of options) {
    assertThrows(() => ssh("box", given as SshOptions), TypeError, hint);
  }
  assertThrows(() => ssh("box", { closeGraceMs: -1 }), RangeError);
  for (
    const host of ["box", "me@box.example", "ssh://me@box:22", "::1", "me@[::1]", "fe80::1%eth0"]
  ) ssh(host);
});
