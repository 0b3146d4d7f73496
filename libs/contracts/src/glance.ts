// A first glance at a message: of most it tells at once that no rule is broken, at a small part of the validator's cost.
import {
  type DescExtension,
  type DescField,
  type DescMessage,
  type FileRegistry,
  getOption,
  isFieldSet,
  type Message,
} from "@bufbuild/protobuf";

/** True: surely no rule is broken. False: the validator is to be asked, which knows and says what is wrong. */
export type Glance = (message: Message) => boolean;

type Test = (value: unknown) => boolean;

/** A rule that is not known here: the validator has to judge its messages, all of them. */
class Unknown extends Error {
  override readonly name = "Unknown";
}

/** Glances at the messages of a registry by the rules in their protos; none where a message has a rule not known here. */
export function glancesOf(registry: FileRegistry): (type: DescMessage) => Glance | undefined {
  const known = new Map<DescMessage, Glance | undefined>();
  const option = (name: string): DescExtension | undefined => registry.getExtension(`buf.validate.${name}`);
  const [ofField, ofMessage] = [option("field"), option("message")];
  const glanceAt = (type: DescMessage, within: readonly DescMessage[]): Glance | undefined => {
    if (known.has(type)) return known.get(type);
    let glance: Glance | undefined;
    try {
      glance = compile(type, [...within, type]);
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
    }
    known.set(type, glance);
    return glance;
  };
  const compile = (type: DescMessage, within: readonly DescMessage[]): Glance => {
    const whole = ofMessage === undefined ? [] : wholeTests(type, getOption(type, ofMessage) as Message, ofMessage);
    const fields = type.fields.map((field) => {
      const rules = ofField === undefined ? undefined : (getOption(field, ofField) as Message);
      return fieldTest(field, rules, ofField?.message, (nested) => {
        if (within.includes(nested)) throw new Unknown(`${nested.typeName} contains itself`);
        return glanceAt(nested, within) ?? unknown(nested.typeName);
      });
    });
    const tests = [...fields.filter((test) => test !== undefined), ...whole];
    return (message) => tests.every((test) => test(message));
  };
  return (type) => glanceAt(type, []);
}

function unknown(what: string): never {
  throw new Unknown(what);
}

/** What is set in a message of rules, by name. */
function settings(rules: Message, type: DescMessage | undefined): Map<string, unknown> {
  if ((rules.$unknown ?? []).length > 0) unknown("a rule of a later version");
  const set = (type?.fields ?? []).filter((field) => isFieldSet(rules, field));
  return new Map(set.map((field) => [field.name, read(rules, field)]));
}

function read(message: Message, field: DescField): unknown {
  return field.oneof ? (at(message, field.oneof.localName) as { value: unknown }).value : at(message, field.localName);
}

/** A field of any message by its name. */
function at(message: Message, name: string): unknown {
  return (message as Message & Readonly<Record<string, unknown>>)[name];
}

type Inside = (nested: DescMessage) => Glance;

function fieldTest(
  field: DescField,
  rules: Message | undefined,
  type: DescMessage | undefined,
  inside: Inside,
): ((message: Message) => boolean) | undefined {
  // A field of a real oneof lies elsewhere; one that is optional is a oneof in the descriptor only.
  if (field.oneof !== undefined || field.fieldKind === "map") unknown(field.name);
  const set = rules === undefined ? new Map<string, unknown>() : settings(rules, type);
  const required = set.get("required") === true;
  if (required && field.fieldKind !== "message") unknown("required");
  set.delete("required");
  const tests = [...set].flatMap(([name, of]) => kindTests(field, name, of as Message, type));
  const nested = field.message === undefined ? undefined : inside(field.message);
  const name = field.localName;
  if (field.fieldKind === "list") {
    if (nested !== undefined) tests.push((list) => (list as Message[]).every(nested));
  } else if (nested !== undefined) tests.push((value) => nested(value as Message));
  if (tests.length === 0 && !required) return undefined;
  return (message) => {
    const value = at(message, name);
    return value === undefined ? !required : tests.every((test) => test(value));
  };
}

/** The tests of `string = {…}` and the like: the name of the kind, and its rules. */
function kindTests(field: DescField, kind: string, rules: Message, type: DescMessage | undefined): Test[] {
  const builders = kinds[kind];
  const fits = field.fieldKind === "list" ? kind === "repeated" : kind !== "repeated";
  const of = type?.fields.find(({ name }) => name === kind)?.message;
  if (builders === undefined || !fits || of === undefined) return unknown(kind);
  const set = settings(rules, of);
  const [low, high] = [set.get("gte") ?? set.get("gt"), set.get("lte") ?? set.get("lt")] as (bigint | undefined)[];
  // Then the rule means what lies outside.
  if (low !== undefined && high !== undefined && low > high) unknown("a range turned around");
  return [...set].map(([name, limit]) => (builders[name] ?? unknown(`${kind}.${name}`))(limit as never, field));
}

type Builders = Readonly<Record<string, (limit: never, field: DescField) => Test>>;

// int32 is a number and int64 a bigint, in the message as in its rule.
const ranges: Builders = {
  gte: (limit: bigint) => (value) => (value as bigint) >= limit,
  gt: (limit: bigint) => (value) => (value as bigint) > limit,
  lte: (limit: bigint) => (value) => (value as bigint) <= limit,
  lt: (limit: bigint) => (value) => (value as bigint) < limit,
};

const kinds: Readonly<Record<string, Builders>> = {
  int32: ranges,
  int64: ranges,
  string: {
    pattern: (pattern: string) => {
      const expression = new RegExp(pattern, "u");
      return (value) => expression.test(value as string);
    },
    // Lengths count code points, of which a string has at most as many as units, and at least half.
    min_len: (limit: bigint) => (value) => (value as string).length >= (limit > 1n ? 2n * limit : limit),
    max_len: (limit: bigint) => (value) => (value as string).length <= limit,
  },
  enum: {
    defined_only: (only: boolean, field) => {
      const defined = spellings(field, () => true);
      return (value) => !only || defined.has(value);
    },
    not_in: (refused: readonly number[], field) => {
      const spelt = spellings(field, (number) => refused.includes(number));
      return (value) => !spelt.has(value);
    },
  },
  repeated: {
    min_items: (limit: bigint) => (value) => (value as unknown[]).length >= limit,
    max_items: (limit: bigint) => (value) => (value as unknown[]).length <= limit,
  },
};

/** Values of an enum, as protobuf-es reads them and as ts-proto does: by number and by name. */
function spellings(field: DescField, wanted: (number: number) => boolean): ReadonlySet<unknown> {
  return new Set(
    field.enum?.values.filter(({ number }) => wanted(number)).flatMap(({ number, name }) => [number, name]),
  );
}

type Whole = (message: Message) => boolean;

/** The only expressions that are known, with the test that each of them means. */
const expressions: readonly {
  readonly form: RegExp;
  readonly test: (type: DescMessage, ...names: string[]) => Whole;
}[] = [
  {
    // No two elements of a list have the same property.
    form: /^this\.(\w+)\.size\(\) == 1 \|\| this\.\1\.map\((\w+), \2\.(\w+)\)\.unique\(\)$/,
    test: (_type, list = "", _name, property = "") => unique(camel(list), camel(property)),
  },
  {
    // One value of an enum needs a text.
    form: /^this\.(\w+) != (\d+) \|\| this\.(\w+) != ''$/,
    test: (type, kind = "", value, text = "") => needs(type, kind, Number(value), camel(text)),
  },
];

function wholeTests(type: DescMessage, rules: Message, option: DescExtension): Whole[] {
  return [...settings(rules, option.message)].flatMap(([name, set]) => {
    if (name !== "cel") return unknown(name);
    return (set as (Message & { expression: string })[]).map(({ expression }) => {
      for (const { form, test } of expressions) {
        const [found, ...names] = form.exec(expression) ?? [];
        if (found !== undefined) return test(type, ...names);
      }
      return unknown(expression);
    });
  });
}

function needs(type: DescMessage, kind: string, value: number, text: string): Whole {
  const field = type.fields.find(({ name }) => name === kind) ?? unknown(kind);
  const needy = spellings(field, (number) => number === value);
  return (message) => !needy.has(at(message, field.localName)) || at(message, text) !== "";
}

function unique(list: string, property: string): Whole {
  return (message) => {
    const elements = at(message, list) as readonly Readonly<Record<string, unknown>>[];
    return elements.length === 1 || new Set(elements.map((element) => element[property])).size === elements.length;
  };
}

/** As protobuf-es names the fields of our protos. */
function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
