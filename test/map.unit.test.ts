// The shop's own map: its tables fit together, every row that is taken away is missed, and its documents are what they say.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import type { ServiceDefinition } from "@pavane/choreography";
import { choreographyOf, page } from "@pavane/choreography/map";
import { fileURLToPath } from "node:url";
import { everyService, gates, judge, soundness } from "@pavane/local";
import { expect } from "chai";

const document = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
const options = { title: "The shop", about: "A purchase.", command: "npm run choreography" };

/** The shop without one reaction. */
function without(shop: readonly ServiceDefinition[], service: string, fact: string): ServiceDefinition[] {
  return shop.map((definition) => {
    if (definition.name !== service) return definition;
    return { ...definition, reactions: new Map([...definition.reactions].filter(([on]) => on !== fact)) };
  });
}

function reactionsOf(shop: readonly ServiceDefinition[]): (readonly [service: string, fact: string])[] {
  return shop.flatMap(({ name, reactions }) => [...reactions.keys()].map((fact) => [name, fact] as const));
}

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the map of the shop", () => {
  let shop: readonly ServiceDefinition[] = [];
  before(async () => {
    shop = await everyService(root);
  });

  const flaws = (services: readonly ServiceDefinition[]) =>
    judge(
      soundness(async () => services),
      "",
    );

  it("is sound, and the build says so", async () => {
    expect(await flaws(shop)).to.deep.equal([]);
    expect(gates.map(({ name }) => name)).to.include("the choreography is sound");
  });

  it("misses every reaction that a purchase needs", async () => {
    // Other services hear these facts too and no hold depends on who is deaf here; or, payment's, another way leads on:
    // that a digital purchase then only expires is for the simulator to find.
    const spare = new Set([
      ...["order.completed", "shipment.dispatched", "shipment.delivered"].map((fact) => `notification ${fact}`),
      ...[
        "item shipment.dispatched",
        "order shipment.dispatched",
        "order shipment.delivered",
        "payment stock.reserved",
      ],
    ]);
    // What a saga hears is held to its table of steps, by the compiler and by its own tests.
    const others = reactionsOf(shop).filter(([service]) => service !== "saga");
    const needed = others.filter(([service, fact]) => !spare.has(`${service} ${fact}`));
    expect(needed).to.have.length(44);
    for (const [service, fact] of needed) {
      expect(await flaws(without(shop, service, fact)), `${service} deaf to ${fact}`).not.to.deep.equal([]);
    }
  });

  it("misses every service", async () => {
    for (const { name } of shop) {
      expect(await flaws(shop.filter((definition) => definition.name !== name)), name).not.to.deep.equal([]);
    }
  });

  it("says which hold a forgotten release leaves behind", async () => {
    const found = await flaws(without(shop, "item", "order.cancelling"));
    expect(found).to.include(
      "item reserves stock on slots.reserved, but on order.cancelling it does nothing with what it holds",
    );
    expect(found).to.include("after payment.failed nothing settles what is held: stock of item");
  });

  it("fails the build when it could not be read", async () => {
    const broken = soundness(() => Promise.reject(new TypeError("item has two reactions to order.completed")));
    expect(await judge(broken, "")).to.deep.equal(["it could not run: item has two reactions to order.completed"]);
    expect(await flaws([])).to.deep.equal(["it read nothing, so it proves nothing"]);
  });

  it("is another page when any reaction is gone: a page that is stale is found", () => {
    const drawn = page(choreographyOf(shop), options);
    const others = reactionsOf(shop).map(([service, fact]) =>
      page(choreographyOf(without(shop, service, fact)), options),
    );
    expect(others).to.have.length(70).and.not.include(drawn);
  });

  it("has five holds, each reserved, confirmed and released", () => {
    const text = document("choreography.md");
    for (const hold of [
      "funds | user",
      "slots | inventory",
      "stock | item",
      "shipment | shipping",
      "payment | payment",
    ]) {
      expect(text).to.match(
        new RegExp(`^\\| ${hold.replace("|", "\\|")} \\| \`.*\` \\| .+ \\| \`order.cancelling\` \\| \`.*\` \\|$`, "m"),
      );
    }
  });

  describe("as AsyncAPI", () => {
    it("is passed by the official parser without a remark, and has every fact with its owner and its hearers", async function () {
      this.timeout(120_000);
      const { document: read, diagnostics } = await new Parser().parse(document("asyncapi.yaml"));
      expect(diagnostics).to.deep.equal([]);
      const operations = (read?.operations().all() ?? []).map((operation) => {
        return `${operation.action()} ${operation.tags().all()[0]?.name()} ${operation.channels().all()[0]?.id()}`;
      });
      const facts = [...choreographyOf(shop).facts.values()];
      const owned = facts.map(({ name, type }) => `send ${type.owner} ${name}`);
      const heard = reactionsOf(shop).map(([service, fact]) => `receive ${service} ${fact}`);
      expect(operations).to.have.members([...owned, ...heard]);
      for (const message of read?.messages().all() ?? []) {
        expect(message.summary(), message.id()).to.be.a("string").and.not.equal("");
        expect(message.payload()?.property("data")?.properties(), message.id()).not.to.deep.equal({});
      }
    });
  });
});
