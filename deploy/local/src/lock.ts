// npm run lock: names in package-lock.json the packages of other platforms that npm left out.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { complete, type Lock } from "./gates/platforms.js";
import { root } from "./paths.js";

const file = join(root, "package-lock.json");
const { lock, added } = complete(JSON.parse(readFileSync(file, "utf8")) as Lock);
if (added.length > 0) {
  const text = `${JSON.stringify(lock, null, 2)}\n`;
  writeFileSync(file, text);
  // What is installed here fits the lock as before: run.mjs need not install again.
  const sum = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(root, "node_modules/.pavane-installed"), sum);
}
console.log(added.length > 0 ? `added ${added.join(", ")}` : "package-lock.json names every platform");
