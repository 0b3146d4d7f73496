// JSON Schema of protobuf messages in their JSON mapping, with the field rules that can be said in it.

import {
  type DescEnum,
  type DescField,
  type DescMessage,
  getExtension,
  hasExtension,
  ScalarType,
} from "@bufbuild/protobuf";
import {
  type FieldRules,
  field as fieldRules,
  message as messageRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { Rules } from "@pavane/contracts";
import { commentOf } from "./comments.js";
import { type Keywords, keywordsOf } from "./rules.js";

/** A schema, or a part of one. */
export type JsonSchema = Keywords;

/** The schemas of messages and of all they are made of, by full name; a message refers to another by `ref`. */
export function schemasOf(
  messages: readonly DescMessage[],
  rules: Rules,
  ref: (name: string) => string,
): ReadonlyMap<string, JsonSchema> {
  const schemas = new Map<string, JsonSchema>();
  const add = (desc: DescMessage | DescEnum): JsonSchema => {
    if (!schemas.has(desc.typeName)) {
      // There before its fields are, or a message that contains itself would never end.
      schemas.set(desc.typeName, {});
      schemas.set(desc.typeName, desc.kind === "enum" ? enumSchema(desc) : messageSchema(desc, rules, add));
    }
    return { $ref: ref(desc.typeName) };
  };
  for (const message of messages) add(message);
  return new Map([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Add = (desc: DescMessage | DescEnum) => JsonSchema;

function messageSchema(desc: DescMessage, rules: Rules, add: Add): JsonSchema {
  const required = requiredOf(desc, rules);
  const description = [commentOf(desc), ...celOf(desc)].filter((text) => text !== undefined).join(" ");
  return {
    type: "object",
    ...(description === "" ? {} : { description }),
    properties: Object.fromEntries(desc.fields.map((field) => [field.jsonName, fieldSchema(field, add)])),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** The fields that valid JSON always has: those that an empty message breaks a rule by lacking. */
function requiredOf({ typeName, fields }: DescMessage, rules: Rules): string[] {
  const broken = rules.violations(typeName, new Uint8Array()).map(({ field }) => field);
  return fields.filter(({ name }) => broken.includes(name)).map(({ jsonName }) => jsonName);
}

/** The rules of a whole message, for people. */
function celOf({ proto: { options } }: DescMessage): string[] {
  const rules = options && hasExtension(options, messageRules) ? getExtension(options, messageRules).cel : [];
  return rules.map(({ message }) => `${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`);
}

function enumSchema(desc: DescEnum): JsonSchema {
  const description = commentOf(desc);
  return { type: "string", ...(description ? { description } : {}), enum: desc.values.map(({ name }) => name) };
}

function rulesOf(field: DescField): FieldRules | undefined {
  const { options } = field.proto;
  return options && hasExtension(options, fieldRules) ? getExtension(options, fieldRules) : undefined;
}

function fieldSchema(field: DescField, add: Add): JsonSchema {
  const description = commentOf(field);
  const said = description === undefined ? {} : { description };
  const schema = valueSchema(field, rulesOf(field), add);
  // Beside a $ref, draft 7 hears nothing else.
  return "$ref" in schema && description !== undefined ? { ...said, allOf: [schema] } : { ...said, ...schema };
}

function valueSchema(field: DescField, rules: FieldRules | undefined, add: Add): JsonSchema {
  switch (field.fieldKind) {
    case "list": {
      const items = rules?.type.case === "repeated" ? rules.type.value.items : undefined;
      return { type: "array", items: elementSchema(field, items, add), ...keywordsOf(rules) };
    }
    case "map": {
      const values = rules?.type.case === "map" ? rules.type.value.values : undefined;
      return { type: "object", additionalProperties: elementSchema(field, values, add), ...keywordsOf(rules) };
    }
    default:
      return elementSchema(field, rules, add);
  }
}

/** The schema of a single value: a field's own, or one of a list's or a map's. */
function elementSchema(
  { message, enum: enumeration, scalar }: DescField,
  rules: FieldRules | undefined,
  add: Add,
): JsonSchema {
  if (message) return wellKnown[message.typeName] ?? add(message);
  if (enumeration) {
    return rules?.type.case === "enum" ? { type: "string", ...keywordsOf(rules, enumeration) } : add(enumeration);
  }
  return { ...scalarSchema(scalar ?? ScalarType.STRING), ...keywordsOf(rules) };
}

/** Numbers of 64 bits are strings in JSON. */
function scalarSchema(type: ScalarType): JsonSchema {
  switch (type) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: "number" };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { type: "string", format: "uint64", pattern: "^[0-9]+$" };
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return { type: "string", format: "int64", pattern: "^-?[0-9]+$" };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: "integer", format: "uint32", minimum: 0 };
    default:
      return { type: "integer", format: "int32" };
  }
}

const wellKnown: Readonly<Record<string, JsonSchema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]{1,9})?s$" },
  "google.protobuf.FieldMask": { type: "string" },
  "google.protobuf.Struct": { type: "object" },
  "google.protobuf.Value": {},
  "google.protobuf.ListValue": { type: "array" },
  "google.protobuf.Any": { type: "object", properties: { "@type": { type: "string" } }, required: ["@type"] },
};
