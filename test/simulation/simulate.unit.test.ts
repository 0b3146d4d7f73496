import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const command = fileURLToPath(new URL("../../../deploy/local/dist/src/simulate.js", import.meta.url));

function simulate(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [command, ...args], { encoding: "utf8" });
}

describe("npm run simulate", function () {
  this.timeout(30_000);

  it("prints one line of JSON that scripts can read", () => {
    const { status, stdout } = simulate("--json", "--only", "wallet, digital", "--minutes", "0.001", "--seed", "5");
    expect(stdout.trim().split("\n")).to.have.length(1);
    const said = JSON.parse(stdout) as Record<string, unknown>;
    expect(said).to.include({ states: 4226, transitions: 16282, depth: 17, violations: 0, seed: 5, complete: true });
    expect(said["runs"]).to.be.greaterThan(0);
    expect(status).to.equal(0);
  });

  it("prints states, transitions, schedules, depth, time and violations for people", () => {
    const { stdout } = simulate("--only", "out of stock", "--minutes", "0");
    expect(stdout).to.match(/out of stock +\d+ states +\d+ transitions +\S+ schedules +depth \d+ +\d+ ms {2}ok/);
    expect(stdout).to.match(/explored whole: \d+ states/);
    expect(stdout).to.match(/\n0 violations\n$/);
  });

  it("says what it does not understand", () => {
    expect(simulate("--seed", "x")).to.deep.include({ status: 2 });
    const { status, stderr } = simulate("--sed", "1");
    expect(status).to.equal(2);
    expect(stderr).to.contain("npm run simulate [-- --json");
  });
});
