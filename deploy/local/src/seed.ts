// npm run seed: puts the well-known users and items into the running system.
import { Command } from "commander";
import { seed } from "./seed/plant.js";
import { connectServices } from "./services.js";
import { requireState } from "./state.js";
import { fail } from "./trouble.js";

new Command("npm run seed --")
  .description("Puts the users and items that the documents speak of into the running system; again changes nothing.")
  .parse();

async function main(): Promise<void> {
  const services = connectServices(requireState());
  try {
    for (const { made, what } of await seed(services)) console.log(`${made ? "made " : "found"}  ${what}`);
  } finally {
    services.close();
  }
}

main().then(() => process.exit(0), fail);
