// What stops a process from starting, said so that a person knows what to do.

/** An expected failure at start: its message says what happened and what to do, and is shown without a stack. */
export class CannotStart extends Error {
  override readonly name = "CannotStart";
}

const codes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there. Start it, or correct its address",
  ECONNRESET: "the connection was closed. Is that the right port?",
  ENOTFOUND: "that host is not known. Correct its address",
  EAI_AGAIN: "that host cannot be looked up now. Is the network there?",
  ETIMEDOUT: "no answer came. Is it reachable from here?",
  EHOSTUNREACH: "that host cannot be reached from here",
  EADDRINUSE: "that port is in use. Stop what uses it, or set another",
  EACCES: "that is not allowed. Check permissions, and that the port is above 1023",
  "28P01": "the password is wrong. Correct DATABASE_URL",
  "28000": "this role may not log in. Correct DATABASE_URL or the server's pg_hba.conf",
  "3D000": "this database does not exist. Create it, or correct DATABASE_URL",
  "42501": "the role lacks a permission. Grant it",
  "53300": "the server has no connection left. Raise its max_connections, or lower the pools",
  "57P03": "the server is starting or stopping. Try again when it is up",
};

/** What to tell about a failure that was to be expected; undefined when it was not: then its stack is needed. */
export function explain(error: unknown): string | undefined {
  if (error instanceof CannotStart) return error.message;
  for (const one of chain(error)) {
    const advice = codes[String(one.code)];
    if (advice === undefined) continue;
    const outer = error instanceof Error && error.message !== "" && error !== one ? `${error.message}: ` : "";
    return `${outer}${one.message || String(one.code)}: ${advice}.`;
  }
  return undefined;
}

/** The error, what caused it, and the first of what it gathers: Node tries all addresses of a host. */
function chain(error: unknown): (Error & { readonly code?: unknown })[] {
  const found: Error[] = [];
  for (let one = error; one instanceof Error && found.length < 10; ) {
    found.push(one);
    one = one instanceof AggregateError ? one.errors[0] : one.cause;
  }
  // The innermost that says something tells most.
  return found.reverse();
}
