// The comments of protos, where a descriptor set was built with source info.

import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";

/** The comment above a declaration as one line; undefined when there is none, or it was not kept. */
export function commentOf(desc: DescMessage | DescEnum | DescField): string | undefined {
  const { file } = desc.kind === "field" ? desc.parent : desc;
  const path = pathOf(desc).join(".");
  const location = file.proto.sourceCodeInfo?.location.find((one) => one.path.join(".") === path);
  const comment = location?.leadingComments.trim().replaceAll(/\s+/g, " ") ?? "";
  return comment === "" ? undefined : comment;
}

/** A path of source info: the numbers of descriptor.proto's fields, each with an index. */
function pathOf(desc: DescMessage | DescEnum | DescField): number[] {
  if (desc.kind === "field") return [...pathOf(desc.parent), 2, desc.parent.proto.field.indexOf(desc.proto)];
  const { parent } = desc;
  const above = parent === undefined ? [] : pathOf(parent);
  if (desc.kind === "message") {
    const siblings = parent?.proto.nestedType ?? desc.file.proto.messageType;
    return [...above, parent === undefined ? 4 : 3, siblings.indexOf(desc.proto)];
  }
  const siblings = parent?.proto.enumType ?? desc.file.proto.enumType;
  return [...above, parent === undefined ? 5 : 4, siblings.indexOf(desc.proto)];
}
