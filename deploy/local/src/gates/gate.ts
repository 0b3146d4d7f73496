// What a gate is: a rule that the whole checkout keeps, checked on every `npm test`.

/** What a gate found. */
export interface Verdict {
  /** How many files, modules or documents it read; a gate that read nothing has proved nothing, and fails. */
  readonly read: number;
  /** One line for each violation, with its place. */
  readonly problems: readonly string[];
}

/** One rule. `check` gets the directory to judge: the checkout, or a fixture that breaks the rule. */
export interface Gate {
  readonly name: string;
  check(root: string): Promise<Verdict>;
}

/** Runs a gate and answers its problems; none means that it is passed. A gate that cannot run is not passed. */
export async function judge(gate: Gate, root: string): Promise<readonly string[]> {
  try {
    const { read, problems } = await gate.check(root);
    return read === 0 ? [...problems, "it read nothing, so it proves nothing"] : problems;
  } catch (error) {
    return [`it could not run: ${error instanceof Error ? error.message : String(error)}`];
  }
}
