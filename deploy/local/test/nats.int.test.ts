// Our own nats-server: found or fetched, kept, and back after every way of ending it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { lives } from "../src/child.js";
import { greets, type Nats, startNats } from "../src/nats.js";
import { natsVersion, obtainGrpcurl, obtainNats } from "../src/obtain.js";
import { freePort } from "../src/port.js";
import { scratch } from "../src/scratch.js";
import { Trouble } from "../src/trouble.js";

describe("startNats", () => {
  const started: Nats[] = [];
  const start = async (dir: string, port?: number) => {
    const nats = await startNats({ dir, ...(port === undefined ? {} : { port }) });
    started.push(nats);
    return nats;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((nats) => nats.stop()));
  });

  for (const end of ["stop", "kill"] as const) {
    it(`greets with JetStream, and again after ${end} and start on the same port and store`, async () => {
      const dir = join(scratch(), "nats");
      const first = await start(dir);
      expect(await greets(first.port)).to.include({ jetstream: true, version: first.version });
      await first[end]();
      expect(lives(first.pid)).to.equal(false);
      expect(await greets(first.port)).to.equal(undefined);
      const second = await start(dir, first.port);
      expect(second.url).to.equal(first.url);
      expect(await greets(second.port)).to.include({ jetstream: true });
    });
  }

  it("ends the server that a killed run left on its store, and takes over", async () => {
    const dir = join(scratch(), "nats");
    const module = JSON.stringify(fileURLToPath(new URL("../src/nats.js", import.meta.url)));
    const code = `
      const { startNats } = await import(${module});
      const { pid } = await startNats({ dir: ${JSON.stringify(dir)} });
      process.stdout.write(String(pid), () => process.kill(process.pid, "SIGKILL"));`;
    const orphan = Number(
      spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }).stdout,
    );
    expect(lives(orphan)).to.equal(true);
    await start(dir);
    expect(lives(orphan)).to.equal(false);
  });

  it("says so when another nats-server has the port", async () => {
    const first = await start(join(scratch(), "nats"));
    const error = await failure(start(join(scratch(), "nats"), first.port));
    expect(error).to.be.instanceOf(Trouble);
    expect(error.message).to.contain(`port ${first.port}`).and.contain("address already in use");
  });
});

const quiet = () => undefined;

function program(dir: string, name: string, does = "echo here"): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, name), `#!/bin/sh\n${does}\n`);
  chmodSync(join(dir, name), 0o755);
  return join(dir, name);
}

describe("obtainGrpcurl", () => {
  it("takes the one on PATH before the one that Go built, which it builds once, and does without where there is no Go", async () => {
    const [bin, tools, cache] = [scratch(), scratch(), join(scratch(), "cache")];
    expect(await obtainGrpcurl({ path: "/nowhere", cache, say: quiet })).to.equal(undefined);
    // What stands for Go answers as the program it was asked to build.
    program(tools, "go", `/bin/echo "#!/bin/sh\n/bin/echo $2" > "$GOBIN/grpcurl"; /bin/chmod +x "$GOBIN/grpcurl"`);
    const built = await obtainGrpcurl({ path: tools, cache, say: quiet });
    const said = spawnSync(built ?? "", { encoding: "utf8" }).stdout;
    expect(said).to.match(/^github.com\/fullstorydev\/grpcurl\/cmd\/grpcurl@v[0-9.]+\n$/);
    expect(await obtainGrpcurl({ path: "/nowhere", cache, say: quiet })).to.equal(built);
    const found = program(bin, "grpcurl");
    expect(await obtainGrpcurl({ path: bin, cache, say: quiet })).to.equal(found);
  });
});

describe("obtainNats", () => {
  const nowhere = "http://127.0.0.1:1";
  let releases: Server | undefined;
  afterEach(() => releases?.close());

  it("takes the one on PATH before the one in the cache", async () => {
    const [bin, cache] = [scratch(), scratch()];
    const kept = program(cache, `nats-server-${natsVersion}`);
    expect(await obtainNats({ path: bin, cache, releases: nowhere, say: quiet })).to.equal(kept);
    const found = program(bin, "nats-server");
    expect(await obtainNats({ path: `/nowhere:${bin}`, cache, releases: nowhere, say: quiet })).to.equal(found);
  });

  it("fetches the official release, checks its sum, and keeps it", async () => {
    const cache = scratch();
    const base = await publish((sum) => sum);
    const got = await obtainNats({ path: "/bin:/usr/bin-none", cache, releases: base, say: quiet });
    expect(got).to.equal(join(cache, `nats-server-${natsVersion}`));
    expect(spawnSync(got, { encoding: "utf8" }).stdout).to.equal("here\n");
  });

  it("does not keep a release whose sum is another, and tells every way it tried", async () => {
    const cache = scratch();
    const base = await publish(() => "0".repeat(64));
    const error = await failure(obtainNats({ path: "/nowhere", cache, releases: base, say: quiet }));
    expect(error).to.be.instanceOf(Trouble);
    for (const way of [
      "on PATH: not found",
      "in the cache: not found",
      "the official release: the sha256 of",
      "go install: not found",
      "package manager: ",
    ]) {
      expect(error.message).to.contain(way);
    }
    expect(error.message).to.contain("or set NATS_URL");
  });

  it("goes on within seconds when the release cannot be reached", async () => {
    const before = performance.now();
    const releasesAt = `http://127.0.0.1:${await freePort()}`;
    const error = await failure(obtainNats({ path: "/nowhere", cache: scratch(), releases: releasesAt, say: quiet }));
    expect(performance.now() - before).to.be.lessThan(8_000);
    expect(error.message).to.match(/the official release: fetch failed ECONNREFUSED/);
  });

  /** Serves a release made of a small script, with a sum that may be wrong. */
  async function publish(sumOf: (sum: string) => string): Promise<string> {
    const dir = scratch();
    const arch = process.arch === "x64" ? "amd64" : process.arch;
    const name = `nats-server-v${natsVersion}-${process.platform}-${arch}`;
    program(join(dir, name), "nats-server");
    spawnSync("tar", ["-czf", "archive.tar.gz", name], { cwd: dir });
    const archive = readFileSync(join(dir, "archive.tar.gz"));
    const sum = sumOf(createHash("sha256").update(archive).digest("hex"));
    const answers = new Map<string, string | Buffer>([
      [`/v${natsVersion}/SHA256SUMS`, `${"1".repeat(64)}  other.tar.gz\n${sum}  ${name}.tar.gz\n`],
      [`/v${natsVersion}/${name}.tar.gz`, archive],
    ]);
    const port = await freePort();
    releases = createServer((request, response) => {
      const body = answers.get(request.url ?? "");
      response.writeHead(body === undefined ? 404 : 200).end(body);
    }).listen(port);
    await once(releases, "listening");
    return `http://127.0.0.1:${port}`;
  }
});

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not fail");
}
