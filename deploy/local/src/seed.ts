// npm run seed: puts the well-known users and items into the running system.
import { Command } from "commander";
import { seed } from "./seed/plant.js";
import { connectServices } from "./services.js";
import { requireState } from "./state.js";
import { fail } from "./trouble.js";

const command = new Command("npm run seed --")
  .description("Puts the users and items that the documents speak of into the running system; again changes nothing.")
  .option("--dir <path>", "the system that keeps its stack.json there, instead of in .pavane");

async function main({ dir }: { readonly dir?: string }): Promise<void> {
  const services = connectServices(requireState(dir));
  try {
    for (const { made, what } of await seed(services)) console.log(`${made ? "made " : "found"}  ${what}`);
  } finally {
    services.close();
  }
}

command.parse();
main(command.opts<{ dir?: string }>()).then(() => process.exit(0), fail);
