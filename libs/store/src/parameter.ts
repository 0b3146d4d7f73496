// Parameters as Postgres reads them: text, but bytes as they are. Arrays are read as literals: {"a","b",NULL}.

/** What travels for one parameter: text, bytes, or null. */
export type Parameter = string | Buffer | null;

/** A value as a parameter. Throws TypeError for what is neither a scalar, a Date, bytes nor a flat array of these. */
export function parameterOf(value: unknown): Parameter {
  if (Array.isArray(value)) return arrayLiteral(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return textOf(value);
}

function arrayLiteral(values: readonly unknown[]): string {
  let literal = "";
  for (const value of values) {
    const element = elementOf(value);
    literal += literal === "" ? element : `,${element}`;
  }
  return `{${literal}}`;
}

function elementOf(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return `"\\\\x${Buffer.from(value).toString("hex")}"`;
  const text = textOf(value);
  return text === null ? "NULL" : quoted(text);
}

function quoted(text: string): string {
  // Most texts have neither, and looking is cheaper than replacing.
  return text.includes('"') || text.includes("\\") ? `"${text.replace(/["\\]/g, "\\$&")}"` : `"${text}"`;
}

function textOf(value: unknown): string | null {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "undefined":
      return null;
    default:
      if (value === null) return null;
      if (value instanceof Date) return value.toISOString();
      throw new TypeError(`a parameter cannot be ${Object.prototype.toString.call(value)}: write it as text or bytes`);
  }
}
