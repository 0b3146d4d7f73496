// The hand-written CloudEvents codec against the generated one, and against bytes that are no CloudEvent.
import { expect } from "chai";
import fc from "fast-check";
import { decodeEnvelope, encodeEnvelope, type Envelope } from "../src/envelope.js";
import { CloudEvent } from "../src/gen/contexts/cloudevents.js";
import { Undecodable } from "../src/undecodable.js";

const text = fc.oneof(fc.string({ minLength: 1, maxLength: 80 }), fc.string({ unit: "binary", minLength: 1 }));
const maybe = fc.option(text, { nil: undefined });
const envelopes: fc.Arbitrary<Envelope> = fc.record({
  id: text,
  type: text,
  source: text,
  subject: text,
  time: fc.date({ min: new Date("1900-01-01"), max: new Date("2200-01-01"), noInvalidDate: true }),
  traceparent: maybe,
  aggregate: text,
  version: fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }),
  orderId: maybe,
  causeId: maybe,
  data: fc.uint8Array({ maxLength: 300 }),
  typeUrl: text,
});

const sample: Envelope = {
  id: "id-1",
  type: "order.placed",
  source: "/pavane/order",
  subject: "order-1",
  time: new Date("2026-01-02T03:04:05.678Z"),
  traceparent: undefined,
  aggregate: "order",
  version: 7n,
  orderId: "order-1",
  causeId: undefined,
  data: Uint8Array.of(1, 2, 3),
  typeUrl: "type.googleapis.com/pavane.order.v1.OrderPlaced",
};

function generated(envelope: Envelope): CloudEvent {
  const text = { subject: envelope.subject, traceparent: envelope.traceparent, orderid: envelope.orderId };
  const more = {
    aggregatetype: envelope.aggregate,
    aggregateversion: `${envelope.version}`,
    causeid: envelope.causeId,
  };
  const strings = Object.entries({ ...text, ...more }).filter(([, value]) => value !== undefined);
  return CloudEvent.create({
    id: envelope.id,
    source: envelope.source,
    specVersion: "1.0",
    type: envelope.type,
    attributes: {
      ...Object.fromEntries(strings.map(([name, value]) => [name, { attr: { $case: "ceString", value } }])),
      time: { attr: { $case: "ceTimestamp", value: envelope.time } },
    },
    data: { $case: "protoData", value: { typeUrl: envelope.typeUrl, value: Buffer.from(envelope.data) } },
  });
}

describe("the envelope", () => {
  it("reads what it has written", () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        expect(decodeEnvelope(encodeEnvelope(envelope))).to.eql(envelope);
      }),
    );
  });

  it("writes what the generated codec reads", () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const read = CloudEvent.toJSON(CloudEvent.decode(encodeEnvelope(envelope)));
        expect(read).to.eql(CloudEvent.toJSON(generated(envelope)));
      }),
    );
  });

  it("reads what the generated codec has written, in whatever order", () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        expect(decodeEnvelope(CloudEvent.encode(generated(envelope)).finish())).to.eql(envelope);
      }),
    );
  });

  it("writes as many bytes as the generated codec: nothing is added", () => {
    expect(encodeEnvelope(sample).length).to.equal(CloudEvent.encode(generated(sample)).finish().length);
  });

  it("skips attributes and fields it does not know", () => {
    const attributes = {
      ...generated(sample).attributes,
      other: { attr: { $case: "ceBoolean" as const, value: true } },
    };
    const known = CloudEvent.encode({ ...generated(sample), attributes }).finish();
    expect(decodeEnvelope(Uint8Array.from([...known, 0x7a, 2, 65, 66]))).to.eql(sample);
  });

  it("says of any other bytes that they are undecodable, and throws nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeEnvelope(bytes)).to.throw(Undecodable);
      }),
    );
  });

  it("never throws anything but Undecodable when bytes of an event are damaged", () => {
    fc.assert(
      fc.property(envelopes, fc.nat(), fc.nat(255), (envelope, at, value) => {
        const bytes = encodeEnvelope(envelope);
        bytes[at % bytes.length] = value;
        try {
          decodeEnvelope(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(Undecodable);
        }
      }),
    );
  });

  const incomplete: readonly [string, Partial<CloudEvent>][] = [
    ["no id", { id: "" }],
    ["no type", { type: "" }],
    ["another version of CloudEvents", { specVersion: "0.3" }],
    ["no attributes", { attributes: {} }],
    ["a text as its data", { data: { $case: "textData", value: "{}" } }],
  ];
  for (const [what, change] of incomplete) {
    it(`says of an event with ${what} that it is undecodable`, () => {
      const bytes = CloudEvent.encode({ ...generated(sample), ...change }).finish();
      expect(() => decodeEnvelope(bytes)).to.throw(Undecodable);
    });
  }

  it("says of an aggregateversion that is no decimal number that it is undecodable", () => {
    const attributes = {
      ...generated(sample).attributes,
      aggregateversion: { attr: { $case: "ceString" as const, value: "-1" } },
    };
    const bytes = CloudEvent.encode({ ...generated(sample), attributes }).finish();
    expect(() => decodeEnvelope(bytes)).to.throw(Undecodable, /aggregateversion "-1"/);
  });
});
