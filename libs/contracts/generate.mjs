// Generates src/gen from ../../proto, unless nothing has changed since: ts-proto's code, the descriptors, the catalogue.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const target = join(here, "src/gen");
const work = join(here, `src/.gen-${process.pid}`);
const require = createRequire(import.meta.url);

function filesUnder(directory) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function inputsHash() {
  const hash = createHash("sha256");
  const sources = filesUnder(join(root, "proto")).filter((file) => /\.(proto|yaml)$/.test(file));
  const generators = [fileURLToPath(import.meta.url), ...filesUnder(join(here, "bin"))];
  const tools = ["ts-proto", "@bufbuild/buf"].map((name) => require.resolve(`${name}/package.json`));
  for (const file of [...sources, ...generators, ...tools]) {
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function run(command, ...args) {
  const path = [join(here, "node_modules/.bin"), join(root, "node_modules/.bin"), process.env.PATH].join(":");
  execFileSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, PATH: path } });
}

/** One module for each context (`order`, `money`, ...), with the names of all that its protos declare. */
function writeContexts() {
  const contexts = new Map();
  for (const file of filesUnder(work).filter((name) => /\/v1\/[a-z_]+\.ts$|\/rpc\/[a-z_]+\.ts$/.test(name))) {
    const context = file.split("/").at(file.includes("/v1/") ? -3 : -2);
    const names = [...readFileSync(file, "utf8").matchAll(/^export (?:const|enum) (\w+)/gm)].map((match) => match[1]);
    const from = relative(join(work, "contexts"), file).replace(/\.ts$/, ".js");
    contexts.set(context, `${contexts.get(context) ?? ""}export { ${names.join(", ")} } from "${from}";\n`);
  }
  mkdirSync(join(work, "contexts"));
  for (const [context, exports] of contexts) {
    writeFileSync(
      join(work, "contexts", `${context}.ts`),
      `// All that the context ${context} declares. Generated.\n${exports}`,
    );
  }
}

function writeDescriptors(file) {
  const base64 = readFileSync(file).toString("base64");
  const text = `// The protos as a FileDescriptorSet, for reflection and field rules. Generated.
/** A google.protobuf.FileDescriptorSet of every proto and all it imports. */
export const descriptors: Uint8Array = Buffer.from(
  "${base64}",
  "base64",
);
`;
  writeFileSync(join(work, "descriptors.ts"), text);
}

function generate(hash) {
  const set = join(work, "descriptors.binpb");
  mkdirSync(work, { recursive: true });
  run("buf", "build", "proto", "--exclude-source-info", "-o", set);
  run("buf", "generate", "--template", "proto/buf.gen.yaml", "-o", work);
  for (const unused of ["buf", "google/protobuf/descriptor.ts", "pavane/fact"])
    rmSync(join(work, unused), { recursive: true });
  run("node", join(here, "bin/catalogue.mjs"), "--descriptors", set, "--generated", work, "--contracts", "../codec.js");
  writeContexts();
  writeDescriptors(set);
  rmSync(set);
  writeFileSync(join(work, ".hash"), hash);
  rmSync(target, { recursive: true, force: true });
  renameSync(work, target);
}

const hash = inputsHash();
const done = join(target, ".hash");
if (existsSync(done) && readFileSync(done, "utf8") === hash) {
  console.log("contracts: src/gen is up to date");
} else {
  try {
    generate(hash);
  } catch (error) {
    console.error(`contracts: nothing generated: ${error.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
