// npm run docs: writes the generated documents.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { documents } from "./documents.js";
import { root } from "./paths.js";

for (const document of documents) {
  const file = join(root, document.path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await document.generate(root));
  console.log(`wrote ${document.path}`);
}
