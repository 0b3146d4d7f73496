// Bytes of messages, through one writer that is used again and again: it costs a fifth of a new one each time.
import { BinaryReader, BinaryWriter, getTextEncoding } from "@bufbuild/protobuf/wire";
import type { Codec } from "@pavane/kernel";
import { decoding } from "./undecodable.js";

/** What ts-proto generates for a message. */
export interface MessageType<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
  decode(bytes: Uint8Array | BinaryReader): Message;
  fromJSON(json: unknown): Message;
  toJSON(message: Message): unknown;
}

let shared = new BinaryWriter();

/** What `write` writes, as bytes. It must not call bytesOf itself. What it throws is thrown on. */
export function written(write: (writer: BinaryWriter) => void): Uint8Array {
  try {
    write(shared);
    return shared.finish();
  } catch (error) {
    shared = new BinaryWriter();
    throw error;
  }
}

/** A message as bytes. Throws when a field is not of its type. */
export function bytesOf<Message>(type: Pick<MessageType<Message>, "encode">, message: Message): Uint8Array {
  return written((writer) => type.encode(message, writer));
}

/** A message from its bytes. Throws Undecodable when they are not that message; what is not UTF-8 is no text. */
export function messageOf<Message>(type: Pick<MessageType<Message>, "decode">, bytes: Uint8Array): Message {
  return decoding("not that message", () => type.decode(strict(bytes)));
}

/** Generated code reads leniently by itself: it would put U+FFFD where bytes are no text. */
function strict(bytes: Uint8Array): BinaryReader {
  return new BinaryReader(bytes, (text) => getTextEncoding().decodeUtf8(text, true));
}

/** A generated message type as the codec of a catalogue's entry. */
export function codecOf<Message>(type: MessageType<Message>): Codec<Message> {
  return {
    encode(message) {
      const bytes = bytesOf(type, message);
      return { finish: () => bytes };
    },
    decode: (bytes) => type.decode(strict(bytes)),
    toJSON: (message) => type.toJSON(message),
    fromJSON: (json) => type.fromJSON(json),
  };
}
