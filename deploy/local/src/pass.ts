// Judges the checkout by every gate and prints what each found.
import { judge } from "./gates/gate.js";
import { gates } from "./gates/index.js";
import { root } from "./paths.js";

/** How many passed and how many did not. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

const shown = 25;

/** Runs all gates on the checkout, or those whose name contains `pattern`. */
export async function passGates(pattern = ""): Promise<Count> {
  console.log("gates");
  let [passed, failed] = [0, 0];
  for (const gate of gates.filter(({ name }) => name.includes(pattern))) {
    const start = performance.now();
    const problems = await judge(gate, root);
    const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    console.log(`  ${problems.length === 0 ? "✔" : "✘"} ${gate.name} (${took})`);
    for (const problem of problems.slice(0, shown)) console.log(`      ${problem}`);
    if (problems.length > shown) console.log(`      and ${problems.length - shown} more`);
    if (problems.length === 0) passed += 1;
    else failed += 1;
  }
  return { passed, failed };
}
