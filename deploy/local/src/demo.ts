// npm run demo: plays every way a purchase can go on the running system, or on one it starts for the purpose.
import { Command, Option } from "commander";
import type { Mode } from "./demo/scenario.js";
import { performDemo, scenarioNames } from "./demo/perform.js";
import { type Stack, startStack } from "./stack.js";
import { findState, type StackState } from "./state.js";
import { fail } from "./trouble.js";

interface Options {
  readonly json?: boolean;
  readonly only?: string;
  readonly mode?: string;
  readonly dir?: string;
}

const command = new Command("npm run demo --")
  .description("Plays the demo purchases, shows each as a timeline of its facts, and ends with the audit.")
  .option("--json", "one JSON line for each purchase, instead of timelines")
  .option("--only <text>", "only the scenarios whose name contains this text")
  .addOption(new Option("--mode <mode>", "only the purchases of one mode").choices(["choreographed", "orchestrated"]))
  .option("--dir <path>", "the system that keeps its stack.json there, instead of in .pavane")
  .addHelpText(
    "after",
    `\nScenarios: ${scenarioNames().join(", ")}.\nExit code 1 when an outcome or an invariant is wrong.`,
  );

interface Running {
  readonly state: StackState;
  /** Set when we started it: then it is ours to end. */
  readonly stack: Stack | undefined;
}

/** The running system, or one of our own with the demo's short deadline. */
async function running(dir: string | undefined, say: (line: string) => void): Promise<Running> {
  const state = findState(dir);
  if (state !== undefined) return { state, stack: undefined };
  say("Nothing runs here yet: starting the system.");
  const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl } = process.env;
  const { ORDER_DEADLINE_SECONDS = "15", SAGA_STEP_TIMEOUT_SECONDS = "6" } = process.env;
  const env = { ORDER_DEADLINE_SECONDS, SAGA_STEP_TIMEOUT_SECONDS };
  const where = dir === undefined ? {} : { dir };
  const stack = await startStack({ ...where, env, knownPorts: true, databaseUrl, natsUrl, say });
  return { state: stack.state(), stack };
}

async function main({ json = false, only, mode, dir }: Options): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const { state, stack } = await running(dir, say);
  try {
    return (await performDemo(state, { json, only, mode: mode?.toUpperCase() as Mode | undefined })) ? 0 : 1;
  } finally {
    await stack?.close();
  }
}

// A signal ends what we started with us, by the exit hooks.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
command.parse();
main(command.opts<Options>()).then((code) => process.exit(code), fail);
