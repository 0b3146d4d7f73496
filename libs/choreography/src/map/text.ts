// Small pieces of Markdown.

/** A name in the type of code. */
export function code(name: string): string {
  return `\`${name}\``;
}

/** Names in the type of code, each once. */
export function codes(names: readonly string[]): string[] {
  return [...new Set(names)].map(code);
}

/** Alternatives in a sentence: `a, b or c`. */
export function or(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}

/** A verb phrase in the third person: `reserve stock` becomes `reserves stock`. */
export function third(phrase: string): string {
  const [verb = "", ...rest] = phrase.split(" ");
  return [`${verb}${/(?:s|x|sh|ch|o)$/.test(verb) ? "es" : "s"}`.replace(/([^aeiou])ys$/, "$1ies"), ...rest].join(" ");
}

/** A table; cells must not contain `|`. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`.replaceAll(/ {2,}/g, " ");
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}
