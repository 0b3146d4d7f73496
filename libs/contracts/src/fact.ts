// From a fact to its bytes and back, by its entry in the catalogue.
import type { FactType } from "@pavane/kernel";
import { decodeEnvelope, encodeEnvelope, type Envelope } from "./envelope.js";
import { decoding, Undecodable } from "./undecodable.js";

/** What the engine gives a fact when it is announced. */
export interface Stamp {
  readonly id: string;
  readonly time: Date;
  readonly version: bigint;
  readonly traceparent?: string | undefined;
  readonly causeId?: string | undefined;
}

/** The envelope of a fact that is announced now. */
export function envelopeOf<Name extends string, Data>(type: FactType<Name, Data>, data: Data, stamp: Stamp): Envelope {
  return {
    id: stamp.id,
    type: type.name,
    source: `/pavane/${type.owner}`,
    subject: type.subjectOf(data),
    time: stamp.time,
    traceparent: stamp.traceparent,
    aggregate: type.aggregate,
    version: stamp.version,
    orderId: type.orderIdOf(data),
    causeId: stamp.causeId,
    data: type.codec.encode(data).finish(),
    typeUrl: `type.googleapis.com/${type.message}`,
  };
}

/** A fact as the bytes that go to the broker. */
export function encodeFact<Name extends string, Data>(
  type: FactType<Name, Data>,
  data: Data,
  stamp: Stamp,
): Uint8Array {
  return encodeEnvelope(envelopeOf(type, data, stamp));
}

/** The payload of an envelope. Throws Undecodable when it is another fact's, or its bytes are not that message. */
export function decodePayload<Name extends string, Data>(type: FactType<Name, Data>, envelope: Envelope): Data {
  if (envelope.type !== type.name) throw new Undecodable(`${envelope.type} is not ${type.name}`);
  if (nameOf(envelope.typeUrl) !== type.message) {
    throw new Undecodable(`${type.name} carries a ${type.message}, not a ${nameOf(envelope.typeUrl)}`);
  }
  return decoding(`not a ${type.message}`, () => type.codec.decode(envelope.data));
}

/** Envelope and payload of a fact whose type is known. Throws Undecodable. */
export function decodeFact<Name extends string, Data>(
  type: FactType<Name, Data>,
  bytes: Uint8Array,
): { readonly envelope: Envelope; readonly data: Data } {
  const envelope = decodeEnvelope(bytes);
  return { envelope, data: decodePayload(type, envelope) };
}

function nameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}
