// The error of bytes that are not what they should be.

/** These bytes cannot be read as what they should be; reading them again will not help. */
export class Undecodable extends Error {
  override readonly name = "Undecodable";
}

/** Runs a decoder: whatever it throws becomes Undecodable, which names `what` could not be read. */
export function decoding<Result>(what: string, decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Undecodable) throw error;
    throw new Undecodable(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
