// The AsyncAPI 3 document of a choreography: every fact with its schema and channel, who sends it and who receives it.

import { streamName, subjectName } from "@pavane/bus";
import type { Rules } from "@pavane/contracts";
import type { DescMessage } from "@bufbuild/protobuf";
import type { Act, Choreography, FactEntry } from "./choreography.js";
import { cloudEvent, cloudEventTrait } from "./cloudevent.js";
import { commentOf } from "./comments.js";
import { type JsonSchema, schemasOf } from "./schema.js";

/** What the document says beside the facts. */
export interface AsyncApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** What the subjects on the broker begin with. */
  readonly namespace: string;
  /** host:port of the broker. */
  readonly host: string;
}

/** An AsyncAPI document: JSON, which is YAML as it is. */
export type AsyncApi = Readonly<Record<string, unknown>>;

/**
 * Writes the document. `rules` are those of the protos that declare the facts; comments are in it where their descriptor
 * set was built with source info. Throws TypeError on a fact whose message is not among the protos.
 */
export function asyncApi(choreography: Choreography, rules: Rules, options: AsyncApiOptions): AsyncApi {
  const facts = [...choreography.facts.values()];
  const messages = new Map(facts.map((fact) => [fact.name, messageOf(fact, rules)]));
  const { namespace, host, ...info } = options;
  return {
    asyncapi: "3.1.0",
    info,
    defaultContentType: "application/cloudevents+protobuf",
    servers: { broker: { host, protocol: "nats", description: "NATS with JetStream." } },
    channels: byName(facts, (fact) => channel(fact, namespace)),
    operations: Object.fromEntries(facts.flatMap((fact) => operations(fact, namespace))),
    components: {
      messages: byName(facts, (fact) => message(fact, messages)),
      messageTraits: { cloudevent: cloudEventTrait },
      schemas: { cloudevent: cloudEvent, ...Object.fromEntries(schemasOf([...messages.values()], rules, schemaRef)) },
    },
  };
}

function messageOf({ name, type }: FactEntry, { registry }: Rules): DescMessage {
  const desc = registry.getMessage(type.message);
  if (desc === undefined) throw new TypeError(`${name} is a ${type.message}, which the protos do not have`);
  return desc;
}

function byName(facts: readonly FactEntry[], write: (fact: FactEntry) => JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(facts.map((fact) => [fact.name, write(fact)]));
}

function channel({ name, owners: [owner = ""], type }: FactEntry, namespace: string): JsonSchema {
  const forever = type.forever ? " Retried for ever: it never becomes a dead letter." : "";
  const end = type.end ? " Nobody hears it, and that is meant." : "";
  return {
    address: subjectName(namespace, name),
    servers: [{ $ref: "#/servers/broker" }],
    description: `Announced by ${owner}, of the aggregate ${type.aggregate}.${forever}${end}`,
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
    "x-stream": streamName(namespace, owner),
  };
}

function operations(fact: FactEntry, namespace: string): [string, JsonSchema][] {
  const { name, owners, announcers, hearers } = fact;
  const sends = owners.map((owner): [string, JsonSchema] => {
    const because = announcers.filter(({ service }) => service === owner).map(reasonOf);
    const summary = `${owner} announces ${name}.`;
    return [`${owner}.announces.${name}`, operation("send", fact, owner, summary, { "x-because": because })];
  });
  const receives = hearers.map((act): [string, JsonSchema] => {
    const { service, announces, guard } = act;
    const leads = announces.length === 0 ? "" : `, and may announce ${announces.join(" or ")}`;
    const durable = {
      "x-durable": `${service}_hears_${owners[0] ?? ""}`,
      "x-stream": streamName(namespace, owners[0] ?? ""),
    };
    const summary = `${service} hears ${name}${leads}.`;
    return [`${service}.hears.${name}`, operation("receive", fact, service, summary, { ...durable, "x-guard": guard })];
  });
  return [...sends, ...receives];
}

function operation(
  action: "send" | "receive",
  { name }: FactEntry,
  service: string,
  summary: string,
  more: JsonSchema,
): JsonSchema {
  return {
    action,
    channel: { $ref: `#/channels/${name}` },
    summary,
    tags: [{ name: service }],
    messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    ...more,
  };
}

function reasonOf({ kind, name }: Act): string {
  return kind === "outcome" ? `outcome of ${name}` : kind === "reaction" ? `fact ${name}` : `${kind} ${name}`;
}

function message(fact: FactEntry, messages: ReadonlyMap<string, DescMessage>): JsonSchema {
  const { name, owners, type } = fact;
  const desc = messages.get(name);
  const summary = desc === undefined ? undefined : commentOf(desc);
  return {
    name,
    title: type.message.slice(type.message.lastIndexOf(".") + 1),
    ...(summary === undefined ? {} : { summary }),
    tags: [{ name: type.aggregate }],
    traits: [{ $ref: "#/components/messageTraits/cloudevent" }],
    payload: {
      allOf: [{ $ref: schemaRef("cloudevent") }],
      type: "object",
      properties: {
        type: { const: name },
        source: { const: `/pavane/${owners[0] ?? ""}` },
        aggregatetype: { const: type.aggregate },
        data: { $ref: schemaRef(type.message) },
      },
    },
  };
}

function schemaRef(name: string): string {
  return `#/components/schemas/${name}`;
}
