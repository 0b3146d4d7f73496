// The door of every npm script: installs what is missing, generates, builds, then runs the compiled command. Imports only
// Node itself, because it runs before any package is there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const [command = "", ...args] = process.argv.slice(2);

/** Ends with one message for the person in front of it. */
function stop(message, code = 1) {
  console.error(message);
  // The summary's last line is a promise to scripts, also when there is nothing to count but the failure itself.
  if (command === "test") console.log("0 passed, 1 failed");
  process.exit(code);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Pavane needs Node.js 20.19 or later; this is ${process.version}.`);
}

/** Runs a tool to its end. Nothing here may wait for a person: no terminal, no input. */
function tool(name, argv, failure) {
  const env = { ...process.env, CI: "1", NO_UPDATE_NOTIFIER: "1", npm_config_yes: "true" };
  // What they print goes beside, not into, the command's own output: that may be JSON for a program.
  const { status, error } = spawnSync(name, argv, { cwd: root, env, stdio: ["ignore", 2, "inherit"] });
  if (error) stop(`${failure} (${error.message})`);
  if (status !== 0) stop(failure, status ?? 1);
}

function install() {
  const lock = join(root, "package-lock.json");
  const sum = createHash("sha256").update(readFileSync(lock)).digest("hex");
  const stamp = join(root, "node_modules/.pavane-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sum) return;
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
    console.error("installing packages (npm ci)");
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    tool("npm", ["ci", ...quiet], "npm ci failed, see above. Is the package registry reachable from here?");
  }
  writeFileSync(stamp, sum);
}

const workspaces = () =>
  ["libs", "services", "deploy", "."]
    .flatMap((parent) => readdirSync(join(root, parent), { withFileTypes: true }).map((entry) => [parent, entry]))
    .filter(([, entry]) => entry.isDirectory() && entry.name !== "node_modules")
    .map(([parent, entry]) => join(root, parent, entry.name))
    .filter((dir) => existsSync(join(dir, "package.json")));

/** Removes compiled files whose source is gone: a stale compiled test would still run. */
function prune() {
  for (const dir of workspaces()) {
    const dist = join(dir, "dist");
    if (!existsSync(dist)) continue;
    for (const name of readdirSync(dist, { recursive: true })) {
      const stem = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(name)?.[1];
      if (stem === undefined || existsSync(join(dir, `${stem}.ts`))) continue;
      rmSync(join(dist, name), { force: true });
    }
  }
}

function build(projects) {
  if (existsSync(join(root, "libs/contracts/package.json"))) {
    const generate = ["run", "--silent", "generate", "--workspace", "libs/contracts"];
    tool("npm", generate, "Generating code from the protos failed, see above.");
  }
  prune();
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  tool(process.execPath, [tsc, "-b", ...projects], "The build failed, see above.");
}

/** `npm test -- unit libs/store` needs only that package: others may be in the middle of a change. */
function projectsFor(argv) {
  if (command !== "test") return [];
  const dirs = argv.filter((arg) => existsSync(join(root, arg, "tsconfig.json")));
  if (dirs.length === 0) return [];
  const tests = dirs.map((dir) => `${dir}/test`).filter((dir) => existsSync(join(root, dir, "tsconfig.json")));
  return ["deploy/local", ...dirs, ...tests];
}

checkNode();
process.chdir(root);
install();
build(projectsFor(args));
if (command !== "build") {
  const entry = join(root, "deploy/local/dist/src", `${command}.js`);
  if (!/^[a-z]+$/.test(command) || !existsSync(entry)) stop(`There is no command "${command}".`, 2);
  process.setSourceMapsEnabled(true);
  process.argv = [process.execPath, entry, ...args];
  await import(pathToFileURL(entry).href);
}
