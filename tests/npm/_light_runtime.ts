/** The packages of the runtime without its 420 MB, for tests of what installs them. */
import { packTar } from "modern-tar";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { findNativeBinary } from "../../scripts/_generate/run_upstream.ts";
import { filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { assert } from "../_support/assert.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/**
 * Publishes the pinned launcher as it is, and for each platform a package with its real manifest. The executable in it is
 * a script that notes its own path in `INSTALLED_CODEX` and becomes the pinned runtime of this project.
 */
export async function publishLightRuntime(registry: string): Promise<void> {
  const packages = join(projectRoot, "node_modules", "@openai");
  const launcher = join(packages, "codex");
  const manifest = manifestOf(launcher);
  const files = filesUnder(".", "", launcher)
    .map((path) => [path, readFileSync(join(launcher, path), "utf8")]);
  await publish(registry, manifest, Object.fromEntries(files));

  const native = findNativeBinary();
  const own = join(packages, `codex-${process.platform}-${process.arch}`);
  const script = `#!/bin/sh\nINSTALLED_CODEX=$0 exec '${native}' "$@"\n`;
  const path = relative(own, native);
  assert(path.startsWith("vendor"), path);
  const { optionalDependencies = {} } = manifest;
  for (const [name, wanted] of Object.entries(optionalDependencies)) {
    const [, os, cpu] = /-(linux|darwin|win32)-(x64|arm64)$/.exec(name) ?? [];
    const version = wanted.slice(wanted.lastIndexOf("@") + 1);
    const one = { ...manifestOf(own), version, os: [os], cpu: [cpu] };
    await publish(registry, one, { "package.json": JSON.stringify(one), [path]: script });
  }
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Does what `npm publish` does, without a process for each package. */
async function publish(
  registry: string,
  { name, version, ...manifest }: Manifest,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const tar = await packTar(
    Object.entries(files).map(([path, body]) => ({
      header: { name: `package/${path}`, size: Buffer.byteLength(body), mode: 0o755 },
      body,
    })),
  );
  const tarball = gzipSync(tar);
  const file = `codex-${version}.tgz`;
  const dist = {
    integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
    shasum: createHash("sha1").update(tarball).digest("hex"),
    tarball: `${registry}${name}/-/${file}`,
  };
  const attachment = {
    content_type: "application/octet-stream",
    data: tarball.toString("base64"),
    length: tarball.length,
  };
  const response = await fetch(`${registry}${name.replace("/", "%2f")}`, {
    method: "PUT",
    headers: { "content-type": "application/json", authorization: "Bearer anyone" },
    body: JSON.stringify({
      ...{ _id: name, name, "dist-tags": { [version]: version } },
      versions: { [version]: { ...manifest, name, version, _id: `${name}@${version}`, dist } },
      _attachments: { [file]: attachment },
    }),
  });
  assert(response.ok, `${response.status} ${await response.text()}`);
}
