// Which database errors mean trouble that passes, and which mean that the statement itself is wrong.

/** The connection was lost after COMMIT was sent: whether the transaction committed is not known. */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";

  constructor(cause: unknown) {
    super("the connection was lost while the transaction was committing: it may have committed or not", { cause });
  }
}

const troubleCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

// 08 connection exceptions, 28 and 3D000 no way in, 57P0x the server goes down or comes up, 53 it is out of something, 58 its
// disk fails, 25006 it is a standby, 25P03 it gave our idle transaction up.
const troubleStates = /^(08...|28...|3D000|57P0.|53...|58...|25006|25P03)$/;

const troubleTexts =
  /Connection terminated|connection error and is not queryable|Client was closed|timeout expired|Query read timeout|acquiring a connection|Unable to acquire|aborted/;

/** Trouble with the database that passes by itself: wait and try again, blame no message for it. */
export function isConnectionTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  if (error instanceof OutcomeUnknown || error.name === "KnexTimeoutError" || error.name === "TimeoutError") {
    return true;
  }
  if (error instanceof AggregateError) {
    return error.errors.some(isConnectionTrouble);
  }
  const code = codeOf(error);
  if (code !== undefined) {
    return troubleCodes.has(code) || troubleStates.test(code);
  }
  return troubleTexts.test(error.message);
}

/** A deadlock or a serialization failure: the whole transaction is to be run again. */
export function isSerialization(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** The SQLSTATE or system code of an error, where it has one. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return undefined;
}
