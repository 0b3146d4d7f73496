// npm run simulate: explores every order of events of a purchase. What it knows of the shop is in test/simulation.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./paths.js";
import { fail } from "./trouble.js";

interface Simulation {
  simulate(args: readonly string[]): number;
}

// The system tests stand on this package, so that it can only find them at run time.
const place = pathToFileURL(join(root, "test/dist/simulation/simulate.js")).href;
import(place).then((simulation: Simulation) => process.exit(simulation.simulate(process.argv.slice(2))), fail);
