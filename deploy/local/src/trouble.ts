// Trouble that a person can mend: shown as its message alone, without a stack.

/** An error whose message says what happened and what to do about it. */
export class Trouble extends Error {
  override readonly name = "Trouble";
}

/** Ends the process with exit code 1: a Trouble by its message, anything else with its stack. */
export function fail(error: unknown): never {
  if (error instanceof Trouble) console.error(`\n${error.message}`);
  else console.error(error);
  process.exit(1);
}
