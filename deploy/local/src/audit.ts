// npm run audit: checks every invariant of the running system against its books, changing nothing.
import { Command, InvalidArgumentError } from "commander";
import { auditJson, paintAudit } from "./audit/report.js";
import { runAudit } from "./audit/run.js";
import { colourful, paintFor } from "./paint.js";
import { requireState } from "./state.js";
import { fail } from "./trouble.js";

interface Options {
  readonly json?: boolean;
  readonly settle?: number;
  readonly dir?: string;
}

const command = new Command("npm run audit --")
  .description("Reads all databases and the sandbox provider of the running system, and compares them.")
  .option("--json", "one JSON object instead of text")
  .option("--dir <path>", "the system that keeps its stack.json there, instead of in .pavane")
  .option("--settle <seconds>", "wait for orders under way to settle; those that do not are violations", seconds)
  .addHelpText("after", "\nExit code 1 when an invariant is violated.");

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number of seconds above 0.");
}

async function main({ json, settle, dir }: Options): Promise<number> {
  const audit = await runAudit(requireState(dir), settle === undefined ? {} : { settleSeconds: settle });
  if (json) console.log(auditJson(audit));
  else process.stdout.write(paintAudit(audit, paintFor(colourful(process.stdout))));
  return audit.violations === 0 ? 0 : 1;
}

command.parse();
main(command.opts<Options>()).then((code) => process.exit(code), fail);
