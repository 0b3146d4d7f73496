// Field rules as keywords of JSON Schema; a rule that has no keyword is left out, never weakened into another.

import type { DescEnum } from "@bufbuild/protobuf";
import { type FieldRules, Ignore, type StringRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** Keywords by name. */
export interface Keywords {
  readonly [keyword: string]: unknown;
}

/** What the rules of every kind of number have in common. */
interface NumberRules {
  readonly const: number | bigint;
  readonly lessThan: { readonly case?: "lt" | "lte" | undefined; readonly value?: number | bigint | undefined };
  readonly greaterThan: { readonly case?: "gt" | "gte" | undefined; readonly value?: number | bigint | undefined };
  readonly in: readonly (number | bigint)[];
  readonly notIn: readonly (number | bigint)[];
}

/** The keywords that say what rules say of a value; `enumeration` for a field of that type. */
export function keywordsOf(rules: FieldRules | undefined, enumeration?: DescEnum): Keywords {
  if (rules === undefined || rules.ignore !== Ignore.UNSPECIFIED) return {};
  const { type } = rules;
  switch (type.case) {
    case "string":
      return stringKeywords(type.value);
    case "repeated":
      return defined({
        minItems: given(type.value, "minItems"),
        maxItems: given(type.value, "maxItems"),
        uniqueItems: given(type.value, "unique"),
      });
    case "map":
      return defined({ minProperties: given(type.value, "minPairs"), maxProperties: given(type.value, "maxPairs") });
    case "enum":
      return enumeration === undefined ? {} : { enum: allowedOf(type.value, enumeration) };
    case "bool":
      return defined({ const: given(type.value, "const") });
    case "bytes":
    case "any":
    case "duration":
    case "fieldMask":
    case "timestamp":
    case undefined:
      return {};
    default:
      return type.case.endsWith("64") ? longKeywords(type.value) : numberKeywords(type.value);
  }
}

function stringKeywords(rules: StringRules): Keywords {
  const length = given(rules, "len");
  return defined({
    const: given(rules, "const"),
    minLength: length ?? given(rules, "minLen"),
    maxLength: length ?? given(rules, "maxLen"),
    pattern: given(rules, "pattern"),
    enum: rules.in.length > 0 ? rules.in : undefined,
    not: rules.notIn.length > 0 ? { enum: rules.notIn } : undefined,
    format: rules.wellKnown.value === true ? formats[rules.wellKnown.case] : undefined,
  });
}

const formats: Readonly<Record<string, string>> = {
  email: "email",
  hostname: "hostname",
  ipv4: "ipv4",
  ipv6: "ipv6",
  uri: "uri",
  uriRef: "uri-reference",
  uuid: "uuid",
};

function numberKeywords({ lessThan, greaterThan, ...rules }: NumberRules): Keywords {
  return defined({
    const: given(rules, "const"),
    minimum: greaterThan.case === "gte" ? greaterThan.value : undefined,
    exclusiveMinimum: greaterThan.case === "gt" ? greaterThan.value : undefined,
    maximum: lessThan.case === "lte" ? lessThan.value : undefined,
    exclusiveMaximum: lessThan.case === "lt" ? lessThan.value : undefined,
    enum: rules.in.length > 0 ? rules.in : undefined,
    not: rules.notIn.length > 0 ? { enum: rules.notIn } : undefined,
  });
}

/** A number of 64 bits is a string in JSON: its sign can be said by a pattern, other bounds by words of our own. */
function longKeywords({ lessThan, greaterThan, ...rules }: NumberRules): Keywords {
  const constant = given(rules, "const");
  const above = greaterThan.case === "gt" ? 1n : 0n;
  const least = greaterThan.value === undefined ? undefined : BigInt(greaterThan.value) + above;
  return defined({
    const: constant === undefined ? undefined : String(constant),
    pattern: least === undefined || least < 0n ? undefined : least === 0n ? "^[0-9]+$" : "^[1-9][0-9]*$",
    "x-minimum": least === undefined || least === 0n || least === 1n ? undefined : String(least),
    "x-maximum": lessThan.case === "lte" ? String(lessThan.value) : undefined,
    "x-exclusiveMaximum": lessThan.case === "lt" ? String(lessThan.value) : undefined,
    enum: rules.in.length > 0 ? rules.in.map(String) : undefined,
  });
}

function allowedOf(
  rules: { readonly const: number; readonly in: readonly number[]; readonly notIn: readonly number[] },
  { values }: DescEnum,
): string[] {
  const constant = given(rules, "const");
  return values
    .filter(({ number }) => constant === undefined || number === constant)
    .filter(({ number }) => rules.in.length === 0 || rules.in.includes(number))
    .filter(({ number }) => !rules.notIn.includes(number))
    .map(({ name }) => name);
}

/** What a rule says, where it is there at all: a field that is not set has its default in the prototype only. */
function given<Rules extends object, Name extends keyof Rules>(rules: Rules, name: Name): Rules[Name] | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}

/** The keywords that have a value; counts of 64 bits as plain numbers. */
function defined(keywords: Keywords): Keywords {
  const entries = Object.entries(keywords).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]));
}
