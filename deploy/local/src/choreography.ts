// npm run choreography: draws the choreography from the services' tables, and says what is wrong with it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { documents } from "./documents.js";
import { choreography } from "./gates/choreography.js";
import { judge } from "./gates/gate.js";
import { root } from "./paths.js";

for (const { path, command, generate } of documents) {
  if (command !== "npm run choreography") continue;
  writeFileSync(join(root, path), await generate(root));
  console.log(`wrote ${path}`);
}
const problems = await judge(choreography, root);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
