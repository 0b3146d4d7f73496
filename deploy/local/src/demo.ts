// npm run demo: plays every way a purchase can go on the running system, or on one it starts for the purpose.
import { Command } from "commander";
import { performDemo, scenarioNames } from "./demo/perform.js";
import { type Stack, startStack } from "./stack.js";
import { findState, type StackState } from "./state.js";
import { fail } from "./trouble.js";

interface Options {
  readonly json?: boolean;
  readonly only?: string;
}

const command = new Command("npm run demo --")
  .description("Plays the demo purchases, shows each as a timeline of its facts, and ends with the audit.")
  .option("--json", "one JSON line for each purchase, instead of timelines")
  .option("--only <text>", "only the scenarios whose name contains this text")
  .addHelpText(
    "after",
    `\nScenarios: ${scenarioNames().join(", ")}.\nExit code 1 when an outcome or an invariant is wrong.`,
  );

/** The running system, or one of our own with the demo's short deadline; then `close` ends it. */
async function running(say: (line: string) => void): Promise<{ state: StackState; stack: Stack | undefined }> {
  const state = findState();
  if (state !== undefined) return { state, stack: undefined };
  say("Nothing runs here yet: starting the system.");
  const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl } = process.env;
  const env = { ORDER_DEADLINE_SECONDS: "15" };
  const stack = await startStack({ env, knownPorts: true, databaseUrl, natsUrl, say });
  return { state: stack.state(), stack };
}

async function main({ json = false, only }: Options): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const { state, stack } = await running(say);
  try {
    return (await performDemo(state, { json, only })) ? 0 : 1;
  } finally {
    await stack?.close();
  }
}

// A signal ends what we started with us, by the exit hooks.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
command.parse();
main(command.opts<Options>()).then((code) => process.exit(code), fail);
