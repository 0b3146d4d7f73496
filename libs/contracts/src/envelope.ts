// A fact on the wire: CloudEvents 1.0 in its protobuf format, structured mode; read and written by hand, for speed.
import { BinaryReader, type BinaryWriter } from "@bufbuild/protobuf/wire";
import { written } from "./codec.js";
import { decoding, Undecodable } from "./undecodable.js";

/** What is known of a fact before its payload is read. */
export interface Envelope {
  readonly id: string;
  /** The fact's name, `order.placed`. */
  readonly type: string;
  /** Who announced it, `/pavane/order`. */
  readonly source: string;
  /** The id of its aggregate. */
  readonly subject: string;
  /** When it was announced, to the millisecond. */
  readonly time: Date;
  /** The W3C trace context it was announced in. */
  readonly traceparent: string | undefined;
  /** The type of its aggregate, `order`. */
  readonly aggregate: string;
  /** The gapless version of its aggregate. */
  readonly version: bigint;
  readonly orderId: string | undefined;
  /** The id of the fact, call or due row it came from. */
  readonly causeId: string | undefined;
  /** The payload, as bytes. */
  readonly data: Uint8Array;
  /** What the payload is, `type.googleapis.com/pavane.order.v1.OrderPlaced`. */
  readonly typeUrl: string;
}

const stringField = (field: number): number => (field << 3) | 2;
const [entryKey, entryValue] = [stringField(1), stringField(2)];
const [ceString, ceTimestamp] = [stringField(3), stringField(7)];

/** An envelope as the bytes of one CloudEvent. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return written((writer) => {
    writer.uint32(stringField(1)).string(envelope.id);
    writer.uint32(stringField(2)).string(envelope.source);
    writer.uint32(stringField(3)).string("1.0");
    writer.uint32(stringField(4)).string(envelope.type);
    attribute(writer, "subject", envelope.subject);
    timeAttribute(writer, envelope.time);
    attribute(writer, "traceparent", envelope.traceparent);
    attribute(writer, "aggregatetype", envelope.aggregate);
    attribute(writer, "aggregateversion", envelope.version.toString());
    attribute(writer, "orderid", envelope.orderId);
    attribute(writer, "causeid", envelope.causeId);
    writer.uint32(stringField(8)).fork();
    writer.uint32(stringField(1)).string(envelope.typeUrl);
    writer.uint32(stringField(2)).bytes(envelope.data).join();
  });
}

function attribute(writer: BinaryWriter, name: string, value: string | undefined): void {
  if (value === undefined) return;
  writer.uint32(stringField(5)).fork().uint32(entryKey).string(name);
  writer.uint32(entryValue).fork().uint32(ceString).string(value).join().join();
}

function timeAttribute(writer: BinaryWriter, time: Date): void {
  const milliseconds = time.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  writer.uint32(stringField(5)).fork().uint32(entryKey).string("time").uint32(entryValue).fork();
  writer.uint32(ceTimestamp).fork().uint32(8).int64(seconds);
  writer.uint32(16).int32((milliseconds - seconds * 1000) * 1_000_000);
  writer.join().join().join();
}

/** The bytes of a CloudEvent as an envelope; the payload stays bytes. Throws Undecodable. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  return decoding("not a CloudEvent", () => toEnvelope(readEvent(new BinaryReader(bytes))));
}

/** What is read so far: strings by CloudEvents name, and what is not a string. */
interface Event {
  readonly attributes: Map<string, string>;
  time?: Date;
  typeUrl: string;
  data?: Uint8Array;
}

const contextAttributes: Readonly<Record<number, string>> = {
  [stringField(1)]: "id",
  [stringField(2)]: "source",
  [stringField(3)]: "specversion",
  [stringField(4)]: "type",
};

function readEvent(reader: BinaryReader): Event {
  const event: Event = { attributes: new Map(), typeUrl: "" };
  while (reader.pos < reader.len) {
    const tag = readTag(reader);
    const name = contextAttributes[tag];
    if (name !== undefined) event.attributes.set(name, reader.string(true));
    else if (tag === stringField(5)) readAttribute(reader, end(reader), event);
    else if (tag === stringField(8)) readAny(reader, end(reader), event);
    else reader.skip(tag & 7, tag >>> 3);
  }
  return event;
}

function readTag(reader: BinaryReader): number {
  const tag = reader.uint32();
  if (tag < 8) throw new Undecodable("not a CloudEvent: a field has no number");
  return tag;
}

function end(reader: BinaryReader): number {
  const length = reader.uint32();
  if (reader.pos + length > reader.len) throw new Undecodable("not a CloudEvent: it ends too early");
  return reader.pos + length;
}

function readAttribute(reader: BinaryReader, until: number, event: Event): void {
  let name = "";
  let value: string | Date | undefined;
  while (reader.pos < until) {
    const tag = readTag(reader);
    if (tag === entryKey) name = reader.string(true);
    else if (tag === entryValue) value = readValue(reader, end(reader));
    else reader.skip(tag & 7, tag >>> 3);
  }
  if (typeof value === "string") event.attributes.set(name, value);
  else if (value !== undefined && name === "time") event.time = value;
}

function readValue(reader: BinaryReader, until: number): string | Date | undefined {
  let value: string | Date | undefined;
  while (reader.pos < until) {
    const tag = readTag(reader);
    if (tag === ceString) value = reader.string(true);
    else if (tag === ceTimestamp) value = readTime(reader, end(reader));
    else reader.skip(tag & 7, tag >>> 3);
  }
  return value;
}

function readTime(reader: BinaryReader, until: number): Date {
  let milliseconds = 0;
  while (reader.pos < until) {
    const tag = readTag(reader);
    if (tag === 8) milliseconds += Number(reader.int64()) * 1000;
    else if (tag === 16) milliseconds += reader.int32() / 1_000_000;
    else reader.skip(tag & 7, tag >>> 3);
  }
  return new Date(milliseconds);
}

function readAny(reader: BinaryReader, until: number, event: Event): void {
  event.data = new Uint8Array();
  while (reader.pos < until) {
    const tag = readTag(reader);
    if (tag === stringField(1)) event.typeUrl = reader.string(true);
    else if (tag === stringField(2)) event.data = reader.bytes();
    else reader.skip(tag & 7, tag >>> 3);
  }
}

function toEnvelope(event: Event): Envelope {
  const { attributes, time, typeUrl, data } = event;
  const specVersion = required(attributes, "specversion");
  const version = required(attributes, "aggregateversion");
  if (specVersion !== "1.0") throw new Undecodable(`not a CloudEvent of version 1.0 but of ${specVersion}`);
  if (!/^[0-9]{1,18}$/.test(version)) throw new Undecodable(`aggregateversion ${JSON.stringify(version)} is no number`);
  if (time === undefined || Number.isNaN(time.getTime())) throw new Undecodable("the CloudEvent has no time");
  if (data === undefined || typeUrl === "") throw new Undecodable("the CloudEvent has no proto_data");
  return {
    id: required(attributes, "id"),
    type: required(attributes, "type"),
    source: required(attributes, "source"),
    subject: required(attributes, "subject"),
    time,
    traceparent: attributes.get("traceparent"),
    aggregate: required(attributes, "aggregatetype"),
    version: BigInt(version),
    orderId: attributes.get("orderid"),
    causeId: attributes.get("causeid"),
    data,
    typeUrl,
  };
}

function required(attributes: ReadonlyMap<string, string>, name: string): string {
  const value = attributes.get(name);
  if (value === undefined || value === "") throw new Undecodable(`the CloudEvent has no ${name}`);
  return value;
}
