import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { copyTree } from "../_deploy/project.ts";
import { mustRun } from "../_matrix/tools.ts";

/** What goes into the image. */
export interface ImageContents {
  /** The executable of Node. */
  readonly node: string;
  /** The bundled program. */
  readonly program: string;
  /** The folder of the runtime. */
  readonly runtime: string;
}

/** Where the program is in the image. */
export const PROGRAM = "/opt/app/program.mjs";

/** Makes a Debian with nothing but what it needs to start, and puts Node, the program and the runtime into it. */
export async function makeImage(folder: string, contents: ImageContents): Promise<void> {
  const release = await readFile("/etc/os-release", "utf8");
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? "stable";
  await mustRun("debootstrap", ["--variant=minbase", suite, folder], "/");
  const app = join(folder, "opt", "app");
  for (const path of [app, join(folder, "var", "lib", "codex")]) {
    await mkdir(path, { recursive: true });
    await chmod(path, 0o755);
  }
  const node = join(folder, "usr", "local", "bin", "node");
  await copyFile(contents.node, node);
  await chmod(node, 0o755);
  await copyFile(contents.program, join(folder, PROGRAM));
  await chmod(join(folder, PROGRAM), 0o644);
  await copyTree(contents.runtime, join(app, "codex"));
}

/** A certificate authority of this image alone, and a certificate of it for the model server on loopback. */
export async function makeCertificates(folder: string): Promise<void> {
  const tls = join(folder, "opt", "app", "tls");
  await mkdir(tls, { recursive: true });
  const key = ["-newkey", "rsa:2048", "-noenc"];
  const openssl = (...args: string[]): Promise<string> => mustRun("openssl", args, tls);
  await openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca");
  await openssl(
    ...["req", "-x509", ...key, "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"],
    ...["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  );
  await rm(join(tls, "ca.key"));
  await chmod(join(tls, "key.pem"), 0o644);
}

/** What is missing for all this, in words; `undefined` when nothing is. */
export function whyNoContainer(): string | undefined {
  if (process.platform !== "linux") return "containers are Linux";
  if (process.getuid?.() !== 0) return "only root can make a root file system";
  const places = (process.env["PATH"] ?? "").split(":").concat("/usr/sbin", "/sbin");
  const missing = ["debootstrap", "unshare", "setpriv", "openssl", "ip"].filter((name) => {
    return !places.some((place) => existsSync(join(place, name)));
  });
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}
