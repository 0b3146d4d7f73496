// The rules of the fields, as the protos declare them, checked on bytes.
import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  type Message,
} from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createValidator, type Validator } from "@bufbuild/protovalidate";
import { type Glance, glancesOf } from "./glance.js";
import { decoding, Undecodable } from "./undecodable.js";

/** One field that breaks one of its rules. */
export interface FieldViolation {
  /** Its path, `lines[0].item_id`; empty for a rule of the whole message. */
  readonly field: string;
  /** What is wrong, for people. */
  readonly description: string;
  /** The rule's id, `string.pattern`. */
  readonly rule: string;
}

/** Checks messages against the rules of their protos. */
export interface Rules {
  /** What is known of every message and service: the files of the descriptor set. */
  readonly registry: FileRegistry;
  /**
   * What is wrong with these bytes of a message, given by its full name or its type URL; nothing is the empty list.
   * `decoded` is what `messageOf` made of them, where that is there already: mostly a glance at it is enough. Throws
   * Undecodable when they are not that message, or nothing is known of it.
   */
  violations(type: string, bytes: Uint8Array, decoded?: unknown): readonly FieldViolation[];
  /** Compiles the rules of these messages (all, when none is named), so that the first call is as fast as any. */
  warmUp(types?: readonly string[]): void;
}

/** The rules of a FileDescriptorSet, given as its bytes. */
export function rulesOf(descriptorSet: Uint8Array): Rules {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
  const validator = createValidator({ registry, regexMatch: matcher() });
  const glances = glancesOf(registry);
  return {
    registry,
    violations(type, bytes, decoded) {
      const message = registry.getMessage(type.slice(type.lastIndexOf("/") + 1));
      if (message === undefined) throw new Undecodable(`nothing is known of a message ${type}`);
      const glance = glances(message);
      // Generated code names and types the fields that rules are made for as the registry does: a test says so.
      if (decoded !== undefined && glance?.(decoded as Message)) return [];
      return check(validator, glance, message, bytes);
    },
    warmUp(types) {
      for (const message of messagesOf(registry, types)) {
        glances(message);
        check(validator, undefined, message, new Uint8Array());
      }
    },
  };
}

function check(
  validator: Validator,
  glance: Glance | undefined,
  type: DescMessage,
  bytes: Uint8Array,
): readonly FieldViolation[] {
  const message = decoding(`not a ${type.typeName}`, () =>
    bytes.length === 0 ? create(type) : fromBinary(type, bytes, { readUnknownFields: false }),
  );
  if (glance?.(message)) return [];
  const result = validator.validate(type, message);
  if (result.kind === "valid") return [];
  if (result.kind === "error") throw result.error;
  return result.violations.map((violation) => ({
    field: pathToString(violation.field),
    description: violation.message,
    rule: violation.ruleId,
  }));
}

function messagesOf(registry: FileRegistry, types: readonly string[] | undefined): readonly DescMessage[] {
  if (types !== undefined) return types.map((type) => registry.getMessage(type)).filter((found) => found !== undefined);
  const messages = [...registry].filter((found): found is DescMessage => found.kind === "message");
  return messages.filter((message) => !message.typeName.startsWith("buf.validate."));
}

/** Patterns come from our own protos, never from input: the platform's engine is safe for them, and ten times as fast. */
function matcher(): (pattern: string, against: string) => boolean {
  const compiled = new Map<string, RegExp>();
  return (pattern, against) => {
    let expression = compiled.get(pattern);
    if (expression === undefined) {
      expression = new RegExp(pattern, "u");
      compiled.set(pattern, expression);
    }
    return expression.test(against);
  };
}
