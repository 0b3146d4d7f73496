// JSON Schema of messages: it accepts what the field rules accept, and refuses what they refuse.

import { create, fromBinary, type MessageInitShape, setExtension, toBinary, toJson } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { FieldRulesSchema, field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { descriptors, rulesOf } from "@pavane/contracts";
import { Ajv } from "ajv";
import { expect } from "chai";
import fc from "fast-check";
import { keywordsOf } from "../src/map/rules.js";
import { schemasOf } from "../src/map/schema.js";

type RuleInit = MessageInitShape<typeof FieldRulesSchema>;
type Case = readonly [
  name: string,
  type: Type,
  rules: NonNullable<RuleInit["type"]>,
  more?: { label?: Label; typeName?: string },
];

// biome-ignore format: a table
const cases: readonly Case[] = [
  ["code",   Type.STRING, { case: "string", value: { pattern: "^[a-c]{1,3}$" } }],
  ["note",   Type.STRING, { case: "string", value: { minLen: 1n, maxLen: 3n } }],
  ["exact",  Type.STRING, { case: "string", value: { len: 2n } }],
  ["word",   Type.STRING, { case: "string", value: { in: ["a", "b", ""] } }],
  ["other",  Type.STRING, { case: "string", value: { notIn: ["a", "b"] } }],
  ["few",    Type.INT32,  { case: "int32", value: { greaterThan: { case: "gte", value: 1 }, lessThan: { case: "lte", value: 3 } } }],
  ["less",   Type.INT32,  { case: "int32", value: { greaterThan: { case: "gt", value: -2 }, lessThan: { case: "lt", value: 2 } } }],
  ["some",   Type.INT32,  { case: "int32", value: { in: [1, 2] } }],
  ["count",  Type.INT64,  { case: "int64", value: { greaterThan: { case: "gte", value: 0n } } }],
  ["units",  Type.INT64,  { case: "int64", value: { greaterThan: { case: "gt", value: 0n } } }],
  ["share",  Type.DOUBLE, { case: "double", value: { greaterThan: { case: "gte", value: 0 } } }],
  ["agreed", Type.BOOL,   { case: "bool", value: { const: true } }],
  ["kind",   Type.ENUM,   { case: "enum", value: { definedOnly: true, notIn: [0] } }, { typeName: ".toy.Kind" }],
  ["tags",   Type.STRING, { case: "repeated", value: { minItems: 1n, maxItems: 2n, unique: true } }, { label: Label.REPEATED }],
];

/** A message with one field of a case, as a file of its own beside the real protos. */
const file = create(FileDescriptorProtoSchema, {
  name: "toy.proto",
  package: "toy",
  syntax: "proto3",
  dependency: ["buf/validate/validate.proto"],
  enumType: [
    { name: "Kind", value: ["KIND_UNSPECIFIED", "KIND_A", "KIND_B"].map((name, number) => ({ name, number })) },
  ],
  messageType: [
    ...cases.map(([name, type, rule, { label = Label.OPTIONAL, typeName } = {}]) => ({
      name: `With_${name}`,
      field: [
        {
          name: "value",
          jsonName: "value",
          number: 1,
          type,
          label,
          options: ruled({ type: rule }),
          ...(typeName ? { typeName } : {}),
        },
      ],
    })),
    {
      name: "Tree",
      field: [
        { name: "root_id", jsonName: "rootId", number: 1, type: Type.STRING, label: Label.OPTIONAL },
        {
          ...{ name: "leaf", jsonName: "leaf", number: 2, type: Type.MESSAGE, label: Label.OPTIONAL },
          ...{ typeName: ".toy.With_code", options: ruled({ required: true }) },
        },
        {
          name: "trees",
          jsonName: "trees",
          number: 3,
          type: Type.MESSAGE,
          label: Label.REPEATED,
          typeName: ".toy.Tree",
        },
      ],
    },
  ],
});

function ruled(init: RuleInit): ReturnType<typeof create<typeof FieldOptionsSchema>> {
  const options = create(FieldOptionsSchema);
  setExtension(options, fieldRules, create(FieldRulesSchema, init));
  return options;
}

const set = fromBinary(FileDescriptorSetSchema, descriptors);
set.file.push(file);
const rules = rulesOf(toBinary(FileDescriptorSetSchema, set));

function messageOf(name: string) {
  const desc = rules.registry.getMessage(`toy.${name}`);
  if (desc === undefined) throw new Error(`there is no toy.${name}`);
  return desc;
}

/** Whether a message's schema accepts its JSON, and whether its rules accept it. */
function judge(name: string): (init: Record<string, unknown>) => { schema: unknown; rules: boolean } {
  const desc = messageOf(name);
  const schemas = Object.fromEntries(schemasOf([desc], rules, (type) => `all#/${type}`));
  const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(schemas, "all");
  const accepts = ajv.compile({ $ref: `all#/toy.${name}` });
  return (init) => {
    const message = create(desc, init);
    return {
      schema: accepts(toJson(desc, message)),
      rules: rules.violations(`toy.${name}`, toBinary(desc, message)).length === 0,
    };
  };
}

const texts = fc.string({ unit: fc.constantFrom("a", "b", "d", "ä", "🌿"), maxLength: 4 });
const values: Readonly<Partial<Record<Type, fc.Arbitrary<unknown>>>> = {
  [Type.STRING]: texts,
  [Type.INT32]: fc.integer({ min: -3, max: 4 }),
  [Type.INT64]: fc.bigInt({ min: -2n, max: 12n }),
  [Type.DOUBLE]: fc.double({ min: -1, max: 1, noNaN: true }),
  [Type.BOOL]: fc.boolean(),
  [Type.ENUM]: fc.integer({ min: 0, max: 2 }),
};

describe("the JSON Schema of a message", () => {
  for (const [name, type, , { label } = {}] of cases) {
    it(`accepts what the rule of ${name} accepts, and nothing else`, () => {
      const one = values[type] ?? fc.constant(undefined);
      const any = label === Label.REPEATED ? fc.array(one, { maxLength: 3 }) : one;
      const judged = judge(`With_${name}`);
      const seen = new Set<boolean>();
      fc.assert(
        fc.property(any, (value) => {
          const verdict = judged({ value });
          expect(verdict.schema).to.equal(verdict.rules);
          seen.add(verdict.rules);
        }),
        { numRuns: 300 },
      );
      expect([...seen]).to.have.members([true, false]);
    });
  }

  it("knows which fields valid JSON always has", () => {
    const schemas = schemasOf([messageOf("Tree")], rules, (type) => `#/${type}`);
    expect(schemas.get("toy.Tree")).to.deep.equal({
      type: "object",
      properties: {
        rootId: { type: "string" },
        leaf: { $ref: "#/toy.With_code" },
        trees: { type: "array", items: { $ref: "#/toy.Tree" } },
      },
      required: ["leaf"],
    });
    expect(schemas.get("toy.With_code")).to.have.deep.property("required", ["value"]);
    expect([...schemas.keys()]).to.deep.equal(["toy.Tree", "toy.With_code"]);
  });

  it("says in words of its own what a string of digits cannot be bounded by", () => {
    const bounded = create(FieldRulesSchema, {
      type: { case: "int64", value: { greaterThan: { case: "gte", value: 5n }, lessThan: { case: "lt", value: 9n } } },
    });
    expect(keywordsOf(bounded)).to.deep.equal({
      pattern: "^[1-9][0-9]*$",
      "x-minimum": "5",
      "x-exclusiveMaximum": "9",
    });
  });
});
