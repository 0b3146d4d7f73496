// Gate: package-lock.json names the packages of every platform. npm leaves an optional package out when the registry it asked
// did not have it, as mirrors of one platform do not, and then `npm ci` refuses the lock.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Gate } from "./gate.js";

interface Package {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** The part of package-lock.json that matters here. */
export interface Lock {
  readonly packages: Readonly<Record<string, Package>>;
  readonly [field: string]: unknown;
}

interface Absent {
  readonly name: string;
  readonly version: string;
  readonly dev: boolean;
}

export const platforms: Gate = {
  name: "the lock names every platform",
  check: async (root) => {
    const file = join(root, "package-lock.json");
    if (!existsSync(file)) return { read: 0, problems: [] };
    const lock = JSON.parse(readFileSync(file, "utf8")) as Lock;
    const problems = absent(lock).map(({ name }) => `package-lock.json lacks ${name}; run npm run lock`);
    return { read: Object.keys(lock.packages).length, problems };
  },
};

function absent({ packages }: Lock): Absent[] {
  return Object.entries(packages).flatMap(([at, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !packages[`${at}/node_modules/${name}`] && !packages[`node_modules/${name}`])
      .map(([name, version]) => ({ name, version, dev })),
  );
}

/** The lock with what it lacks, and the names of that. An added entry has no sum: nobody has seen the package. */
export function complete(lock: Lock): { lock: Lock; added: string[] } {
  const added = absent(lock);
  const entries = added.map((one): [string, Package] => [`node_modules/${one.name}`, entry(one)]);
  const packages = Object.entries(lock.packages).concat(entries);
  packages.sort(([a], [b]) => (a < b ? -1 : 1));
  return { lock: { ...lock, packages: Object.fromEntries(packages) }, added: added.map(({ name }) => name) };
}

const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = ["arm64", "armv7", "arm", "ia32", "ppc64", "riscv64", "s390x", "x64"];

function entry({ name, version, dev }: Absent): Package {
  const platform = name.slice(name.lastIndexOf("/") + 1);
  const os = systems.find((system) => platform.includes(system));
  const cpu = processors.find((processor) => platform.includes(processor));
  if (!os || !cpu) throw new Error(`${name}: its name tells no platform; add it to package-lock.json by hand`);
  const libc = platform.includes("musl") ? ["musl"] : ["glibc"];
  return {
    version,
    cpu: [cpu === "armv7" ? "arm" : cpu],
    ...(dev ? { dev } : {}),
    ...(os === "linux" && /musl|gnu/.test(platform) ? { libc } : {}),
    optional: true,
    os: [os],
  };
}
