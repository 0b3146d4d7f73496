// A run of tests that is ended leaves nothing running.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "@pavane/testkit";
import { expect } from "chai";
import { lives } from "../src/child.js";
import { root } from "../src/paths.js";
import { scratch } from "../src/scratch.js";

const cases = fileURLToPath(new URL("../src/cases.js", import.meta.url));
const child = new URL("../src/child.js", import.meta.url).href;

describe("a run of tests", () => {
  it("ends what its tests have launched when it is ended itself", async () => {
    const dir = scratch();
    const [test, pid] = [join(dir, "hangs.test.mjs"), join(dir, "pid")];
    writeFileSync(
      test,
      `import { writeFileSync } from "node:fs";
       import { launch } from ${JSON.stringify(child)};
       it("hangs", async function () {
         this.timeout(60_000);
         const { pid, exited } = await launch({ command: "sleep", args: ["60"], log: ${JSON.stringify(join(dir, "log"))} });
         writeFileSync(${JSON.stringify(pid)}, String(pid));
         await exited;
       });`,
    );
    const run = spawn(process.execPath, [cases, join(dir, "result.json"), "", relative(root, test)], {
      stdio: "ignore",
    });
    const launched = Number(await eventually(() => readFileSync(pid, "utf8")));
    expect(lives(launched)).to.equal(true);
    run.kill("SIGTERM");
    await once(run, "exit");
    await eventually(() => expect(lives(launched)).to.equal(false));
  });
});
