// The refusal codes a service has in its source, beside those its README promises.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Codes in alphabetical order, each once. */
export interface Codes {
  readonly source: readonly string[];
  /** Of rejections: facts that say no. */
  readonly rejections: readonly string[];
  readonly readme: readonly string[];
}

/**
 * Reads a service's folder: the code of every `new Refused(reason, "CODE", …)` and of every `code: "CODE"` below src, and
 * the first cell of every row of the README's tables that is a code.
 */
export async function refusalCodes(folder: URL): Promise<Codes> {
  const root = fileURLToPath(folder);
  const names = await readdir(join(root, "src"), { recursive: true });
  const sources = await Promise.all(
    names.filter((name) => name.endsWith(".ts")).map((name) => readFile(join(root, "src", name), "utf8")),
  );
  const source = sources.join("\n");
  return {
    source: matches(source, /\bnew Refused\(\s*[^,]+,\s*"([A-Z0-9_]+)"/g),
    rejections: matches(source, /\bcode: "([A-Z0-9_]+)"/g),
    readme: matches(await readFile(join(root, "README.md"), "utf8"), /^\| *`([A-Z][A-Z0-9_]+)` *\|/gm),
  };
}

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].flatMap(([, code]) => code ?? []))].sort();
}
