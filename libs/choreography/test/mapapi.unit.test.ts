// The AsyncAPI document: judged by its official parser, and tried on a fact as it travels.

import { Parser } from "@asyncapi/parser";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { catalogue, type Envelope, envelopeOf, rules } from "@pavane/contracts";
import { purchase } from "@pavane/testkit";
import { Ajv } from "ajv";
import { expect } from "chai";
import { type AsyncApi, asyncApi, choreographyOf } from "../src/map/index.js";
import { type Sketch, services, trip } from "./sketch.js";

const options = { title: "Toy", version: "1.2.3", description: "A toy.", namespace: "toy", host: "localhost:4222" };

/** Two services of their own over the facts of the real protos. */
const sketch: Sketch = {
  facts: {},
  services: {
    order: {
      aggregate: "order",
      commands: { place: ["order.placed"] },
      reactions: { "funds.reserved": ["order.completed"], "funds.rejected": ["order.cancelling"] },
    },
    user: {
      aggregate: "funds",
      reactions: { "order.placed": ["funds.reserved", "funds.rejected"], "order.cancelling": ["funds.released"] },
    },
  },
};

function write(): AsyncApi {
  const facts = new Map(Object.entries(catalogue));
  return asyncApi(choreographyOf(services(sketch).map((definition) => ({ ...definition, facts }))), rules, options);
}

/** An envelope as CloudEvents name its attributes, its payload in the JSON mapping. */
function event(envelope: Envelope): Record<string, unknown> {
  const desc = rules.registry.getMessage(envelope.typeUrl.slice(envelope.typeUrl.lastIndexOf("/") + 1));
  if (desc === undefined) throw new Error(`nothing is known of ${envelope.typeUrl}`);
  return {
    ...{ id: envelope.id, source: envelope.source, specversion: "1.0", type: envelope.type },
    ...{ subject: envelope.subject, time: envelope.time.toISOString(), orderid: envelope.orderId },
    ...{ aggregatetype: envelope.aggregate, aggregateversion: envelope.version.toString() },
    data: toJson(desc, fromBinary(desc, envelope.data), { registry: rules.registry }),
  };
}

describe("the AsyncAPI document of a choreography", () => {
  it("is passed by the official parser without a remark", async function () {
    this.timeout(120_000);
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(write()));
    expect(diagnostics).to.deep.equal([]);
    const operations = document?.operations().all() ?? [];
    const placed = operations.filter((operation) => operation.channels().all()[0]?.id() === "order.placed");
    expect(placed.map((operation) => [operation.id(), operation.action()])).to.deep.equal([
      ["order.announces.order.placed", "send"],
      ["user.hears.order.placed", "receive"],
    ]);
    expect(document?.channels().get("order.placed")?.address()).to.equal("toy.order.placed");
    expect(document?.messages().all()).to.have.length(Object.keys(catalogue).length);
  });

  it("is refused by the parser when a reference is broken: the test above can fail", async function () {
    this.timeout(120_000);
    const broken = JSON.stringify(write()).replace('"#/channels/order.placed"', '"#/channels/order.lost"');
    const { diagnostics } = await new Parser().parse(broken);
    expect(diagnostics).not.to.deep.equal([]);
  });

  it("describes a fact as it travels, and no other", () => {
    const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(write(), "api");
    const accepts = (name: string, value: unknown): unknown =>
      ajv.validate({ $ref: `api#/components/messages/${name}/payload` }, value);
    const stamp = { id: "0190f0f0-0000-7000-8000-000000000000", time: new Date(0), version: 1n };
    const placed = event(envelopeOf(catalogue["order.placed"], { purchase: purchase() }, stamp));
    expect(accepts("order.placed", placed)).to.equal(true);
    expect(accepts("order.completed", placed)).to.equal(false);
    expect(accepts("order.placed", { ...placed, source: "/pavane/user" })).to.equal(false);
    expect(accepts("order.placed", { ...placed, aggregateversion: "-1" })).to.equal(false);
    const lineless = event(envelopeOf(catalogue["order.placed"], { purchase: purchase({ lines: [] }) }, stamp));
    expect(accepts("order.placed", lineless)).to.equal(false);
  });

  it("says why a fact is announced, and what comes of hearing it", () => {
    const { operations } = write() as { operations: Record<string, Record<string, unknown>> };
    expect(operations["order.announces.order.placed"]).to.include({ summary: "order announces order.placed." });
    expect(operations["order.announces.order.placed"]?.["x-because"]).to.deep.equal(["command place"]);
    expect(operations["user.hears.order.placed"]).to.include({
      summary: "user hears order.placed, and may announce funds.reserved or funds.rejected.",
      "x-durable": "user_hears_order",
      "x-stream": "TOY_ORDER",
    });
  });

  it("cannot be written of a fact whose message is not in the protos", () => {
    expect(() => asyncApi(choreographyOf(services(trip)), rules, options)).to.throw(
      TypeError,
      "fee.charged is a toy.fee.charged, which the protos do not have",
    );
  });
});
