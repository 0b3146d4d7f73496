// Makes message fields that a rule requires (`(buf.validate.field).required`) required in ts-proto's output too.
// What a handler or a reaction gets has passed the rules, so nobody needs to ask whether a required field is there.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getExtension, hasExtension } from "@bufbuild/protobuf";
import { field as fieldRules, oneof as oneofRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** Whether a rule requires this field. */
export function isRequired(field) {
  const options = field.proto.options;
  return options !== undefined && hasExtension(options, fieldRules) && getExtension(options, fieldRules).required;
}

/** The name ts-proto gives a message: nested names are joined by an underscore. */
export function typeName(message) {
  const prefix = message.file.proto.package === "" ? "" : `${message.file.proto.package}.`;
  return message.typeName.slice(prefix.length).replaceAll(".", "_");
}

/** The file ts-proto writes a message to, without its extension. */
export function sourceFile(message) {
  return message.file.name;
}

/** Rewrites the generated files of these protos in place. Throws when ts-proto's output is not as expected. */
export function makeRequired(files, directory) {
  for (const file of files) {
    const path = join(directory, `${file.name}.ts`);
    const before = readFileSync(path, "utf8");
    const after = withNested(file.messages).reduce(rewriteMessage, before);
    if (after !== before) writeFileSync(path, after);
  }
}

/** The files of the registry that were generated into this directory. */
export function generatedFiles(registry, directory) {
  return [...registry.files].filter((file) => existsSync(join(directory, `${file.name}.ts`)));
}

function withNested(messages) {
  return messages.flatMap((message) => [message, ...withNested(message.nestedMessages)]);
}

function rewriteMessage(source, message) {
  return requiredNames(message).reduce((text, name) => rewriteField(text, typeName(message), name), source);
}

function requiredNames(message) {
  const fields = message.fields.filter(
    (field) =>
      field.fieldKind === "message" && field.oneof === undefined && !field.proto.proto3Optional && isRequired(field),
  );
  const oneofs = message.oneofs.filter((oneof) => {
    const options = oneof.proto.options;
    return options !== undefined && hasExtension(options, oneofRules) && getExtension(options, oneofRules).required;
  });
  return [...fields, ...oneofs].map((desc) => desc.localName);
}

function rewriteField(source, type, name) {
  const steps = [
    [
      `(export interface ${type} \\{(?:(?!\\n\\}).)*?\\n  (?:readonly )?${name}:(?:(?!;\\n).)*?)\\s+\\| undefined(?=;\\n)`,
      "$1",
    ],
    [`(function createBase${type}\\(\\): ${type} \\{(?:(?!\\n\\}).)*?\\b${name}: undefined)(?=[, ])`, "$1!"],
    [
      `(\\n  fromJSON\\(object: any\\): ${type} \\{(?:(?!\\n  \\},).)*?\\b${name}: (?:(?!,\\n      \\w).)*?: undefined)(?=,\\n| \\};)`,
      "$1!",
    ],
  ];
  return steps.reduce((text, [pattern, replacement]) => {
    const expression = new RegExp(pattern, "s");
    if (!expression.test(text))
      throw new Error(`cannot make ${type}.${name} required: ts-proto writes it in another way`);
    return text.replace(expression, replacement);
  }, source);
}
