// A part of the broker that belongs to one test alone.
import { randomBytes } from "node:crypto";

/** A prefix for subjects and streams that nobody else uses: a letter and eleven of 0-9 a-f. */
export function namespace(): string {
  return `t${randomBytes(6).toString("hex").slice(1)}`;
}
