// Runs test files in mocha and writes the counts: node cases.js RESULT-FILE WORDS FILE...
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";
import { root } from "./paths.js";

// What tests have launched ends with us only when we leave by this door.
process.once("SIGTERM", () => process.exit(143));

const [result = "", words = "", ...paths] = process.argv.slice(2);
const options = JSON.parse(readFileSync(join(root, ".mocharc.json"), "utf8")) as Mocha.MochaOptions;
const mocha = new Mocha({ ...options, reporter: "spec" });
if (words !== "") mocha.grep(words);
for (const path of paths) mocha.addFile(join(root, path));
await mocha.loadFilesAsync();

const runner = mocha.run(() => {
  const { passes: passed = 0, failures: failed = 0 } = runner.stats ?? {};
  writeFileSync(result, JSON.stringify({ passed, failed }));
  // Tests close what they open; who does not is named, and does not hold up the rest.
  setTimeout(leave, 5_000).unref();
});

function leave(): void {
  console.log(`  tests left open: ${[...new Set(process.getActiveResourcesInfo())].join(", ")}`);
  process.exit();
}
