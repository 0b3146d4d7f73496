// The gates that are standard tools, each seen failing on a small checkout, with the configuration of this one.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { gates, judge } from "@pavane/local";
import { expect } from "chai";
import { checkout, cleanUp, problems } from "./fixture.js";

const root = new URL("../../../", import.meta.url).pathname;
const ours = (path: string) => ({ [path]: readFileSync(join(root, path), "utf8") });

describe("gates that are standard tools", () => {
  afterEach(cleanUp);

  it("format: finds what biome would write otherwise", async () => {
    // Biome leaves out what git ignores, and so wants a repository.
    const repository = { ...ours("biome.json"), ".gitignore": "dist/\n", ".git/HEAD": "ref: refs/heads/main\n" };
    const format = "format (biome)";
    expect(await problems(format, { ...repository, "a.ts": "export const a = { b: 1 };\n" })).to.deep.equal([]);
    const found = await problems(format, { ...repository, "a.ts": "export const a = {b:1}\n" });
    expect(found.join("\n")).to.contain("a.ts");
  });

  it("types: finds what strict TypeScript refuses", async () => {
    const files = (text: string) => ({
      ...ours("tsconfig.base.json"),
      "package.json": '{ "type": "module" }',
      "tsconfig.json": '{ "files": [], "references": [{ "path": "a" }] }',
      "a/tsconfig.json": '{ "extends": "../tsconfig.base.json", "compilerOptions": { "types": [], "outDir": "dist" } }',
      "a/index.ts": text,
    });
    const types = "strict types (tsc)";
    expect(await problems(types, files("export const a: number = 1;\n"))).to.deep.equal([]);
    const unchecked = await problems(types, files("export const a = (list: number[]): number => list[0];\n"));
    expect(unchecked.join("\n")).to.contain("a/index.ts").and.contain("TS2322");
    const optional = await problems(types, files("const a: { b?: number } = { b: undefined };\nexport { a };\n"));
    expect(optional.join("\n")).to.contain("exactOptionalPropertyTypes");
  });

  describe("lint", () => {
    const lint = "lint, with floating promises (oxlint)";
    const files = (text: string) => ({
      ...ours(".oxlintrc.json"),
      "tsconfig.json":
        '{ "compilerOptions": { "strict": true, "module": "NodeNext", "target": "ES2023", "types": [] } }',
      "a.ts": text,
    });
    const save = "export async function save(): Promise<void> {}\n";

    for (const [what, text, rule] of [
      ["a promise nobody waits for", `${save}save();\n`, "no-floating-promises"],
      ["any", "export const a = (b: any) => b;\n", "no-explicit-any"],
      ["a default export", "export default 1;\n", "no-default-export"],
      [
        "a promise as a condition",
        `${save}export const a = () => {\n  if (save()) return 1;\n};\n`,
        "no-misused-promises",
      ],
    ] as const) {
      it(`finds ${what}`, async () => {
        expect((await problems(lint, files(text))).join("\n")).to.contain(rule);
      });
    }

    it("is passed by a promise that is awaited", async () => {
      expect(await problems(lint, files(`${save}await save();\n`))).to.deep.equal([]);
    });
  });

  it("unused: finds an export nobody imports and a dependency nobody uses", async () => {
    const files = (more: string, dependencies: object) => ({
      "package.json": JSON.stringify({ name: "a", main: "index.ts", dependencies }),
      "index.ts": 'import { b } from "./b.js";\nconsole.log(b);\n',
      "b.ts": `export const b = 1;\n${more}`,
    });
    const unused = "unused exports and dependencies (knip)";
    expect(await problems(unused, files("", {}))).to.deep.equal([]);
    const found = (await problems(unused, files("export const c = 2;\n", { uuid: "1" }))).join("\n");
    expect(found)
      .to.match(/Unused exports \(1\)/)
      .and.match(/c .*b\.ts/);
    expect(found)
      .to.match(/Unused dependencies \(1\)/)
      .and.contain("uuid");
  });

  describe("protos", () => {
    const lint = "protos (buf lint)";
    const breaking = "no breaking change of the protos (buf breaking)";
    const message = (fields: string) =>
      `syntax = "proto3";\n\n// A.\npackage pavane.a.v1;\n\n// A.\nmessage A {\n${fields}}\n`;
    const files = (fields: string) => ({ ...ours("proto/buf.yaml"), "proto/pavane/a/v1/a.proto": message(fields) });
    const good = "  // B.\n  string b = 1;\n";

    it("finds what breaks buf's STANDARD rules", async () => {
      expect(await problems(lint, files(good))).to.deep.equal([]);
      const found = await problems(lint, files("  // B.\n  string camelCase = 1;\n"));
      expect(found.join("\n")).to.contain("camelCase");
    });

    it("finds a change that breaks the wire or JSON against the baseline", async () => {
      const dir = checkout(files(good));
      const buf = join(root, "node_modules/.bin/buf");
      execFileSync(buf, ["build", "-o", "baseline.binpb"], { cwd: join(dir, "proto"), stdio: "pipe" });
      const gate = gates.find(({ name }) => name === breaking);
      if (!gate) throw new Error(`no gate ${breaking}`);
      expect(await judge(gate, dir)).to.deep.equal([]);
      writeFileSync(join(dir, "proto/pavane/a/v1/a.proto"), message("  // B.\n  int64 b = 1;\n"));
      expect((await judge(gate, dir)).join("\n")).to.match(/b.* changed type/);
    });

    it("fails when there is no baseline to compare with", async () => {
      expect((await problems(breaking, files(good))).join("\n")).to.contain("baseline.binpb is missing");
    });
  });
});

describe("every gate", () => {
  afterEach(cleanUp);

  for (const gate of gates) {
    it(`${gate.name}: fails when there is nothing to read`, async () => {
      const dir = checkout({ ...ours("biome.json"), "tsconfig.json": '{ "files": [], "references": [] }' });
      if (gate.name.startsWith("unused")) writeFileSync(join(dir, "package.json"), '{ "name": "a" }');
      expect(await judge(gate, dir)).to.not.deep.equal([]);
    });
  }
});
