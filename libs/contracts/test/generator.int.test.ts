// pavane-catalogue as another team would run it, on protos of its own: what it writes, and what it refuses.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const library = join(dirname(fileURLToPath(import.meta.url)), "../..");
const root = join(library, "../..");
const bin = join(root, "node_modules/.bin");

const head = `syntax = "proto3";
package gifts.gift.v1;
import "buf/validate/validate.proto";
import "pavane/fact/v1/fact.proto";
message Gift {
  string gift_id = 1;
  int32 weight = 2;
}
`;

interface Run {
  readonly status: number | null;
  readonly problem: string;
  readonly written: (file: string) => string;
}

describe("pavane-catalogue", function () {
  this.timeout(30_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "pavane-catalogue-"));
    for (const vendored of ["buf", "pavane"]) symlinkSync(join(root, "proto", vendored), join(directory, vendored));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Generates from these messages as the README says. */
  function generate(messages: string): Run {
    build(messages);
    const plugin = "{local: protoc-gen-ts_proto, out: gen, opt: [forceLong=bigint, importSuffix=.js]}";
    const only = "inputs: [{directory: ., paths: [gift_events.proto]}]";
    execFileSync("buf", ["generate", "--template", `{version: v2, plugins: [${plugin}], ${only}}`], options());
    return catalogue();
  }

  /** The same without ts-proto: for what is refused before its output is looked at. */
  function refuse(messages: string): Run {
    build(messages);
    writeFileSync(join(directory, "gen/gift_events.ts"), "");
    return catalogue();
  }

  function build(messages: string): void {
    writeFileSync(join(directory, "gift_events.proto"), head + messages);
    writeFileSync(join(directory, "buf.yaml"), "version: v2\n");
    mkdirSync(join(directory, "gen"));
    execFileSync("buf", ["build", "-o", "all.binpb"], options());
  }

  function catalogue(): Run {
    const ours = [join(library, "bin/catalogue.mjs"), "--descriptors", "all.binpb", "--generated", "gen"];
    const { status, stderr } = spawnSync(process.execPath, ours, { ...options(), encoding: "utf8" });
    return { status, problem: stderr, written: (file) => readFileSync(join(directory, "gen", file), "utf8") };
  }

  function options(): { cwd: string; env: NodeJS.ProcessEnv } {
    return { cwd: directory, env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` } };
  }

  function fact(
    message: string,
    option: string,
    field = "Gift gift = 1 [(buf.validate.field).required = true];",
  ): string {
    return `message ${message} { option (pavane.fact.v1.fact) = {${option}}; ${field} }\n`;
  }

  it("writes the catalogue of the facts of one's own protos, and of no others", () => {
    const run = generate(
      fact("GiftSent", `name: "gift.sent" owner: "gifts" aggregate: "gift" subject: "gift.gift_id"`),
    );
    expect(run.problem).to.equal("");
    const catalogue = run.written("catalogue.ts");
    expect(catalogue).to.include(`readonly "gift.sent": GiftSent;`);
    expect(catalogue).to.include("subjectOf: (data) => data.gift.giftId,");
    expect(catalogue).to.include(`import { codecOf } from "@pavane/contracts";`);
    expect(catalogue).not.to.include("order.placed");
  });

  it("makes a required field required in TypeScript, and leaves others as they are", () => {
    const option = `name: "gift.sent" owner: "gifts" aggregate: "gift" subject: "gift.gift_id"`;
    const fields = "Gift gift = 1 [(buf.validate.field).required = true]; Gift other = 2;";
    const code = generate(fact("GiftSent", option, fields)).written("gift_events.ts");
    expect(code).to.match(/gift: Gift;/);
    expect(code).to.match(/other: Gift \| undefined;/);
  });

  const refused: readonly [string, string, RegExp][] = [
    [
      "an owner that is no word",
      `name: "a.b" owner: "The Gifts" aggregate: "g" subject: "gift.gift_id"`,
      /owner "The G/,
    ],
    ["a name that is no noun.past", `name: "sent" owner: "g" aggregate: "g" subject: "gift.gift_id"`, /name "sent"/],
    ["a subject that leads nowhere", `name: "a.b" owner: "g" aggregate: "g" subject: "gift.id"`, /no field "id"/],
    ["a subject that is no string", `name: "a.b" owner: "g" aggregate: "g" subject: "gift.weight"`, /end in a string/],
    ["a subject that is a message", `name: "a.b" owner: "g" aggregate: "g" subject: "gift"`, /end in a string/],
    ["no subject", `name: "a.b" owner: "g" aggregate: "g"`, /subject "" leads nowhere/],
    [
      "an order that leads nowhere",
      `name: "a.b" owner: "g" aggregate: "g" subject: "gift.gift_id" order: "gift.order"`,
      /order "gift.order" leads nowhere/,
    ],
  ];
  for (const [what, option, problem] of refused) {
    it(`refuses ${what}, and says which message it is`, () => {
      const run = refuse(fact("GiftSent", option));
      expect(run.status).to.equal(1);
      expect(run.problem).to.match(problem).and.to.include("gifts.gift.v1.GiftSent");
    });
  }

  it("refuses a subject that need not be there", () => {
    const option = `name: "gift.sent" owner: "gifts" aggregate: "gift" subject: "gift.gift_id"`;
    const run = refuse(fact("GiftSent", option, "Gift gift = 1;"));
    expect(run.problem).to.match(/leads through "gift", which is not required/);
  });

  it("refuses two facts of one name", () => {
    const option = `name: "gift.sent" owner: "gifts" aggregate: "gift" subject: "gift.gift_id"`;
    const run = refuse(fact("GiftSent", option) + fact("PresentSent", option));
    expect(run.status).to.equal(1);
    expect(run.problem).to.match(/PresentSent and gifts.gift.v1.GiftSent are both the fact "gift.sent"/);
  });
});
