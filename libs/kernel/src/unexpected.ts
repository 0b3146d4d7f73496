// The error of a message that nobody should have sent.

/**
 * A message that contradicts who may send what: no further attempt makes it right, so it is a dead letter at once, also
 * where its fact is retried for ever. A decision throws it; nothing of its input is written.
 */
export class Unexpected extends Error {
  override readonly name = "Unexpected";
}
