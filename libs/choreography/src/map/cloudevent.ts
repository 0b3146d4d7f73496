// How a fact travels, for the AsyncAPI document: CloudEvents 1.0 in its protobuf format, structured mode.

import type { JsonSchema } from "./schema.js";

const text = (description: string): JsonSchema => ({ type: "string", minLength: 1, description });

/** The attributes of every fact, by their CloudEvents names. */
export const cloudEvent: JsonSchema = {
  type: "object",
  description:
    "A CloudEvent. On the wire it is one io.cloudevents.v1.CloudEvent: id, source, specversion and type are its fields, the other " +
    "attributes are in its map of attributes, and data is its proto_data, a google.protobuf.Any of the fact's message.",
  required: ["id", "source", "specversion", "type", "subject", "time", "aggregatetype", "aggregateversion", "data"],
  properties: {
    id: { type: "string", format: "uuid", description: "The event's id, a UUIDv7: the same at every delivery." },
    source: text("Who announced it."),
    specversion: { const: "1.0" },
    type: text("The fact's name."),
    subject: text("The id of its aggregate."),
    time: { type: "string", format: "date-time", description: "When it was announced." },
    aggregatetype: text("The kind of its aggregate."),
    aggregateversion: {
      type: "string",
      pattern: "^[0-9]{1,18}$",
      description:
        "The gapless version of its aggregate, from 1 on; a string, because CloudEvents' integers have 32 bits.",
    },
    orderid: text("The order it belongs to, where it belongs to one."),
    causeid: text("The id of the fact, call or due row that it came from."),
    traceparent: text("The W3C trace context it was announced in."),
    data: { type: "object", description: "The fact." },
  },
};

/** What every message has: its content type and its two headers. */
export const cloudEventTrait: JsonSchema = {
  contentType: "application/cloudevents+protobuf",
  headers: {
    type: "object",
    required: ["Nats-Msg-Id", "content-type"],
    properties: {
      "Nats-Msg-Id": text("The event's id, by which the broker drops repeats; with a suffix where a repeat is meant."),
      "content-type": { const: "application/cloudevents+protobuf" },
    },
  },
};
