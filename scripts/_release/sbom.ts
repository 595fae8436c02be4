/** The bill of materials of the npm package: what whoever installs it gets, in CycloneDX. */
import cyclonedx from "@cyclonedx/cyclonedx-library";

const { Enums, Models, Serialize, Spec } = cyclonedx;

/** A package that comes with the SDK, as `package-lock.json` names it. */
export interface LockedPackage {
  readonly name?: string;
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What the bill is made from. */
export interface BillOptions {
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly description: string;
    readonly license: string;
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  /** The SHA-256 of the archive that is published. */
  readonly sha256: string;
  /** The `packages` of `package-lock.json`. */
  readonly locked: Readonly<Record<string, LockedPackage>>;
  /** The day of the release, as `2026-11-20`. */
  readonly date: string;
}

type Component = InstanceType<typeof Models.Component>;

/**
 * Writes the bill as JSON; the same input gives the same text.
 *
 * @throws {TypeError} when `package-lock.json` has not the version that the package depends on
 */
export function billOfMaterials({ manifest, sha256, locked, date }: BillOptions): string {
  const sdk = component(manifest.name, manifest);
  sdk.description = manifest.description;
  sdk.hashes.set(Enums.HashAlgorithm["SHA-256"], sha256);
  const bom = new Models.Bom({ serialNumber: serialNumber(sha256) });
  bom.metadata.component = sdk;
  bom.metadata.timestamp = new Date(`${date}T00:00:00Z`);
  for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
    const entry = locked[`node_modules/${name}`];
    if (entry?.version !== version) {
      throw new TypeError(`package-lock.json has ${name} ${entry?.version}, not ${version}`);
    }
    const dependency = component(name, entry);
    sdk.dependencies.add(dependency.bomRef);
    bom.components.add(dependency);
    for (const alias of Object.keys(entry.optionalDependencies ?? {})) {
      const optional = locked[`node_modules/${alias}`];
      if (optional === undefined) throw new TypeError(`package-lock.json has no ${alias}`);
      const part = component(optional.name ?? alias, optional);
      part.scope = Enums.ComponentScope.Optional;
      dependency.dependencies.add(part.bomRef);
      bom.components.add(part);
    }
  }
  const normalizers = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const serializer = new Serialize.JsonSerializer(normalizers);
  return serializer.serialize(bom, { sortLists: true, space: 2 }) + "\n";
}

function component(name: string, { version, license, integrity }: LockedPackage): Component {
  const [scope, rest] = name.startsWith("@") ? name.split("/") : [undefined, name];
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const made = new Models.Component(Enums.ComponentType.Library, rest ?? name, {
    ...(scope === undefined ? {} : { group: scope }),
    version,
    purl,
    bomRef: purl,
  });
  if (license !== undefined) made.licenses.add(new Models.SpdxLicense(license));
  if (integrity?.startsWith("sha512-")) {
    const bytes = atob(integrity.slice("sha512-".length));
    const hex = [...bytes].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
    made.hashes.set(Enums.HashAlgorithm["SHA-512"], hex);
  }
  return made;
}

/** A UUID (version 8) of the archive: the same archive has the same bill. */
function serialNumber(sha256: string): string {
  const digits = sha256.slice(0, 32);
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ];
  return `urn:uuid:${parts.join("-")}`;
}
