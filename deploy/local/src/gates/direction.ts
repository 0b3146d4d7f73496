// Gate: imports run one way. Which package may import which is a table, and so is who may touch NATS and gRPC.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { Gate } from "./gate.js";
import { type Import, imports, type Source, sources } from "./sources.js";

const core = ["kernel", "contracts"];
const engine = [...core, "store", "bus", "choreography"];
const service = [...engine, "saga", "rpc", "runtime", "service"];

/** Library to the libraries it may import; its tests may use the testkit beside. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  contracts: ["kernel"],
  store: core,
  bus: [...core, "store"],
  choreography: [...core, "store", "bus"],
  saga: engine,
  rpc: core,
  runtime: core,
  service: [...engine, "saga", "rpc", "runtime"],
  testkit: engine,
};

/** Packages from outside that have one door. A service's main may speak gRPC itself. */
const doors = [
  { packages: /^@nats-io\//, home: /^libs\/bus\//, name: "libs/bus" },
  {
    packages: /^(@grpc\/grpc-js|grpc-health-check)$/,
    home: /^libs\/rpc\/|^services\/[^/]+\/src\/main\.ts$/,
    name: "libs/rpc and mains",
  },
];

export const direction: Gate = {
  name: "import direction",
  check: async (root) => {
    const read = sources(root).filter(({ path }) => packageOf(path) !== undefined);
    return { read: read.length, problems: read.flatMap((file) => violations(root, file)) };
  },
};

function violations(root: string, file: Source): string[] {
  return imports(file).flatMap((one) => {
    const why = forbidden(root, file.path, one);
    return why === undefined ? [] : [`${file.path}:${one.line} imports ${one.from}: ${why}`];
  });
}

function forbidden(root: string, path: string, { from }: Import): string | undefined {
  const home = packageOf(path) ?? "";
  if (from.startsWith(".")) {
    const target = posix.join(posix.dirname(path), from);
    return target.startsWith(`${home}/`) ? undefined : "a package's inside is never imported";
  }
  const door = doors.find(({ packages }) => packages.test(from));
  if (door && !door.home.test(path)) return `only ${door.name} may`;
  const ours = /^@pavane\/([^/]+)(\/.+)?$/.exec(from);
  if (!ours) return undefined;
  const [, name = "", inside] = ours;
  if (inside !== undefined && !isDoor(root, name, inside)) return "a package's inside is never imported";
  return mayImport(home, path, name) ? undefined : `${home} must not know ${name}`;
}

function mayImport(home: string, path: string, name: string): boolean {
  const [kind, own = ""] = home.split("/");
  const inTest = path.startsWith(`${home}/test/`);
  if (inTest && name === "testkit") return true;
  if (kind === "libs") return (allowed[own] ?? []).includes(name);
  if (kind === "services") return service.includes(name);
  // The local stack and the system tests stand above everything; nothing stands above them but each other.
  return kind === "test" || (kind === "deploy" && name !== "local" && (inTest || name !== "testkit"));
}

/** libs/x, services/x, deploy/x or test: the package a file belongs to. */
function packageOf(path: string): string | undefined {
  return /^(?:(?:libs|services|deploy)\/[^/]+|test)(?=\/)/.exec(path)?.[0];
}

/** Whether the library names that path in its exports, as contracts does for each context. */
function isDoor(root: string, name: string, inside: string): boolean {
  const { exports = {} } = JSON.parse(readFileSync(join(root, "libs", name, "package.json"), "utf8")) as {
    exports?: Record<string, unknown>;
  };
  return Object.keys(exports).some((door) => {
    const [before = "", after] = door.slice(1).split("*");
    if (after === undefined) return before === inside;
    return inside.startsWith(before) && inside.endsWith(after) && !inside.slice(before.length).includes("/");
  });
}
