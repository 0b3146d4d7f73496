// Our own gates, each seen failing on a small checkout that breaks its rule, and passing on one that keeps it.
import { freshness, judge } from "@pavane/local";
import { expect } from "chai";
import { checkout, cleanUp, problems } from "./fixture.js";

const library = (name: string, text: string) => ({
  [`libs/${name}/src/index.ts`]: text,
  [`libs/${name}/package.json`]: "{}",
});

describe("gates of our own", () => {
  afterEach(cleanUp);

  describe("import direction", () => {
    const name = "import direction";
    const cases: readonly [what: string, path: string, text: string, why: RegExp][] = [
      [
        "a library that imports one above it",
        "libs/store/src/a.ts",
        'import "@pavane/bus";',
        /libs\/store must not know bus/,
      ],
      [
        "a kernel that imports anything of ours",
        "libs/kernel/src/a.ts",
        'import type { A } from "@pavane/contracts";',
        /must not know contracts/,
      ],
      [
        "a service that imports a service",
        "services/order/src/a.ts",
        'import "@pavane/service-user";',
        /must not know service-user/,
      ],
      [
        "a library that imports a service",
        "libs/rpc/src/a.ts",
        'export { a } from "@pavane/service-user";',
        /must not know service-user/,
      ],
      ["NATS outside the bus", "libs/store/src/a.ts", 'import "@nats-io/jetstream";', /only libs\/bus may/],
      [
        "gRPC outside libs/rpc and mains",
        "services/order/src/rpc.ts",
        'import "@grpc/grpc-js";',
        /only libs\/rpc and mains may/,
      ],
      [
        "the inside of a package by name",
        "services/order/src/a.ts",
        'import "@pavane/kernel/dist/src/money.js";',
        /inside is never imported/,
      ],
      [
        "the inside of a package by path",
        "services/order/src/a.ts",
        'import "../../user/src/domain.js";',
        /inside is never imported/,
      ],
      ["a dynamic import as well", "libs/store/src/a.ts", 'await import("@pavane/bus");', /must not know bus/],
      ["the testkit outside tests", "services/order/src/a.ts", 'import "@pavane/testkit";', /must not know testkit/],
    ];
    for (const [what, path, text, why] of cases) {
      it(`finds ${what}`, async () => {
        const found = await problems(name, { ...library("kernel", "export {};"), [path]: `// A file.\n${text}\n` });
        expect(found).to.have.length(1);
        expect(found[0]).to.match(why).and.contain(`${path}:2 `);
      });
    }

    it("is passed by imports that follow it", async () => {
      const found = await problems(name, {
        ...library("kernel", "export {};"),
        "libs/contracts/package.json": '{ "exports": { ".": {}, "./*": {} } }',
        "services/order/src/domain.ts":
          'import { a } from "@pavane/kernel";\nimport { b } from "@pavane/contracts/order";\n',
        "services/order/src/main.ts": 'import "@grpc/grpc-js";\nimport "./domain.js";\n',
        "services/order/test/a.unit.test.ts": 'import "@pavane/testkit";\nimport "../src/domain.js";\n',
        "libs/bus/src/index.ts": 'import "@nats-io/jetstream";\nimport "@pavane/store";\n',
        "test/a.e2e.test.ts": 'import "@pavane/local";\nimport "@pavane/service-order";\n',
      });
      expect(found).to.deep.equal([]);
    });
  });

  describe("domain purity", () => {
    const name = "domain purity";
    const impure: readonly (readonly [what: string, text: string, why: string])[] = [
      ["IO", 'import { readFileSync } from "node:fs";', "imports node:fs"],
      ["a package from outside", 'import { v7 } from "uuid";', "imports uuid"],
      ["the store", 'import { table } from "@pavane/store";', "imports @pavane/store"],
      ["Date.now", "export const a = () => Date.now();", "reads the clock"],
      ["new Date()", "export const a = () => new Date();", "reads the clock"],
      ["Date()", "export const a = () => Date();", "reads the clock"],
      ["Math.random", "export const a = () => Math.random();", "uses Math.random"],
      ["process", "export const a = process.env.A;", "uses process"],
      ["an async function", "export const a = async () => 1;", "is asynchronous"],
      ["a Promise", "export type A = Promise<number>;", "uses Promise"],
      ["a Map in the state", "export interface A { readonly lines: Map<string, number> }", "uses Map"],
      ["a Set", "export const a = () => new Set([1]);", "uses Set"],
      ["a timer", "export const a = () => setTimeout(() => 1, 1);", "uses setTimeout"],
      ["a dynamic import", 'export const a = () => import("node:fs");', "uses import"],
      ["state of the module", "let count = 0;\nexport const a = () => ++count;", "keeps state in the module"],
    ];
    for (const [what, text, why] of impure) {
      it(`finds ${what}`, async () => {
        const found = await problems(name, { "services/order/src/domain.ts": text });
        expect(found.join("\n")).to.contain(why).and.contain("services/order/src/domain.ts:");
      });
    }

    it("judges domain/<aggregate>.ts, and what a domain imports of its own package", async () => {
      const found = await problems(name, {
        "services/order/src/domain/order.ts": 'import { now } from "../clock.js";\nexport const a = now;\n',
        "services/order/src/clock.ts": "export const now = () => Date.now();\n",
      });
      expect(found).to.deep.equal(["services/order/src/clock.ts:1 reads the clock"]);
    });

    it("is passed by decisions over data", async () => {
      const found = await problems(name, {
        "services/order/src/domain.ts": [
          'import { nothing } from "@pavane/kernel";',
          'import type { Purchase } from "@pavane/contracts/purchase";',
          "interface State { readonly process: string; readonly due: Date }",
          "export const a = (state: State, context: { now: Date }, purchase: Purchase) =>",
          "  state.process === purchase.orderId && new Date(context.now.getTime() + 1) > state.due ? nothing : { Map: 1 };",
        ].join("\n"),
      });
      expect(found).to.deep.equal([]);
    });
  });

  describe("file and function size", () => {
    const name = "file and function size";
    const lines = (count: number) => Array.from({ length: count }, (_, index) => `  console.log(${index});`).join("\n");

    it("finds a file of more than 300 lines of code", async () => {
      expect(await problems(name, { "libs/a/src/a.ts": lines(301) })).to.deep.equal([
        "libs/a/src/a.ts has 301 lines of code; at most 300",
      ]);
    });

    it("finds a function of more than 40 lines of code, and names it", async () => {
      const text = `export function long() {\n${lines(39)}\n}\nexport const longer = () => {\n${lines(39)}\n};\n`;
      expect(await problems(name, { "libs/a/src/a.ts": text })).to.deep.equal([
        "libs/a/src/a.ts:1 long has 41 lines of code; at most 40",
        "libs/a/src/a.ts:42 longer has 41 lines of code; at most 40",
      ]);
    });

    it("does not count comments and blank lines, nor the functions of tests", async () => {
      const comment = `/*\n${"words\n".repeat(200)}*/\n\n`;
      const text = `export function fine() {\n${comment}${lines(38)}\n// words\n\n}\n${comment.repeat(2)}`;
      const test = `describe("a", () => {\n${lines(60)}\n});\n`;
      expect(await problems(name, { "libs/a/src/a.ts": text, "libs/a/test/a.unit.test.ts": test })).to.deep.equal([]);
    });
  });

  describe("nothing unfinished", () => {
    const name = "nothing unfinished";
    // Spelt in halves, so that this file passes the gate that it tests.
    const [later, mend, alone, never] = ["TO" + "DO", "FIX" + "ME", "on" + "ly", "sk" + "ip"];
    for (const [path, text] of [
      ["libs/a/src/a.ts", `// ${later}: later`],
      ["services/a/migrations/001_a.sql", `-- ${mend}`],
      ["libs/a/test/a.unit.test.ts", `describe.${alone}("a", () => {});`],
      ["libs/a/test/a.unit.test.ts", `it.${never}("a", () => {});`],
      ["libs/a/test/a.unit.test.ts", `it("a", function () { this.${never}(); });`],
    ] as const) {
      it(`finds ${text}`, async () => {
        const found = await problems(name, { [path]: `\n${text}\n` });
        expect(found).to.have.length(1);
        expect(found[0]).to.contain(`${path}:2 `);
      });
    }

    it("is passed by finished work", async () => {
      const text = 'it("skips what it knows", () => { rows.skip(1); });\n';
      expect(await problems(name, { "libs/a/test/a.unit.test.ts": text })).to.deep.equal([]);
    });
  });

  describe("the lock names every platform", () => {
    const name = "the lock names every platform";
    const lock = (more: object) => ({
      "package-lock.json": JSON.stringify({
        packages: {
          "node_modules/tool": { version: "1.0.0", optionalDependencies: { "@tool/darwin-arm64": "1.0.0" } },
          ...more,
        },
      }),
    });

    it("finds a package of another platform that npm left out", async () => {
      const found = await problems(name, lock({}));
      expect(found).to.deep.equal(["package-lock.json lacks @tool/darwin-arm64; run npm run lock"]);
    });

    it("is passed by a lock that has it", async () => {
      expect(await problems(name, lock({ "node_modules/@tool/darwin-arm64": { version: "1.0.0" } }))).to.deep.equal([]);
    });
  });

  describe("generated documents are fresh", () => {
    const document = { path: "docs/a.md", command: "npm run docs", generate: async () => "now\n" };
    const gate = freshness([document]);

    it("finds a document that is missing, and one that is old", async () => {
      expect(await judge(gate, checkout({}))).to.deep.equal(["docs/a.md is missing; run npm run docs"]);
      const old = checkout({ "docs/a.md": "then\n" });
      expect(await judge(gate, old)).to.deep.equal(["docs/a.md is not fresh; run npm run docs"]);
    });

    it("is passed by a fresh one", async () => {
      expect(await judge(gate, checkout({ "docs/a.md": "now\n" }))).to.deep.equal([]);
    });
  });
});
