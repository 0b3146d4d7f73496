// npm run dead: lists, shows, retries and skips the messages that services could not handle.
import { userInfo } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { DeadLetterState } from "@pavane/contracts/operations";
import { RpcError } from "@pavane/rpc";
import { type Letter, type Office, openOffice } from "./dead/letters.js";
import { jsonOf, pageOf, stateName, tableOf } from "./dead/print.js";
import { requireState } from "./state.js";
import { Trouble } from "./trouble.js";

const exit = { done: 0, refused: 1, usage: 2, unreachable: 3 };

interface Common {
  readonly service?: string;
  readonly dir?: string;
  readonly json?: boolean;
}

interface ListOptions extends Common {
  readonly state: string;
  readonly fact: string;
  readonly order: string;
  readonly limit: number;
}

interface RetryOptions extends Common {
  readonly all?: boolean;
  readonly fact: string;
}

const program = new Command("npm run dead --")
  .description("Messages that a service could not handle.")
  .addHelpText("after", "\nExit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 a service does not answer.");

sub("list", "lists them, newest first")
  .addOption(new Option("--state <state>", "which").choices(["dead", "retrying", "skipped"]).default("dead"))
  .option("--fact <name>", "only those of this fact, for example slots.reserved", "")
  .option("--order <id>", "only those of this order", "")
  .option("--limit <n>", "at most so many", count, 100)
  .action((options: ListOptions) => run(options, (office) => list(office, options)));

sub("show <id>", "shows one with what it says").action((id: string, options: Common) =>
  run(options, async (office) => {
    const found = await office.find(id);
    console.log(options.json ? jsonOf(found) : pageOf(found));
    return exit.done;
  }),
);

sub("retry [ids...]", "hands them to their reaction again, attempts counted from nothing")
  .option("--all", "all that are dead, of --service and --fact where they are given")
  .option("--fact <name>", "with --all: only those of this fact", "")
  .action((ids: string[], options: RetryOptions) => run(options, (office) => retry(office, ids, options)));

sub("skip <ids...>", "gives them up for good")
  .requiredOption("--reason <text>", "why, for whoever reads it later")
  .action((ids: string[], options: Common & { readonly reason: string }) =>
    run(options, (office) => each(office, ids, options, (found) => office.skip(found, options.reason))),
  );

function sub(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--service <name>", "only this service; all by default")
    .option("--dir <path>", "the system that keeps its stack.json there, instead of in .pavane")
    .option("--json", "one JSON object a line, instead of text");
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

async function run({ service, dir }: Common, work: (office: Office) => Promise<number>): Promise<void> {
  const office = openOffice(requireState(dir), service, `operator ${userInfo().username}`);
  try {
    process.exitCode = await work(office);
  } finally {
    office.close();
  }
}

async function list(office: Office, { state, fact, order: orderId, limit, json }: ListOptions): Promise<number> {
  const wanted = Object.values(DeadLetterState).find((value) => stateName(value) === state.toUpperCase());
  const filter = { state: wanted ?? DeadLetterState.DEAD, fact, orderId, limit };
  const { letters, silent } = await office.list(filter);
  if (json) for (const one of letters) console.log(jsonOf(one));
  else console.log(letters.length === 0 ? `No ${state} letters.` : tableOf(letters));
  for (const { service, why } of silent) console.error(`${service} does not answer: ${why}`);
  return silent.length === 0 ? exit.done : exit.unreachable;
}

async function retry(office: Office, ids: readonly string[], options: RetryOptions): Promise<number> {
  const named = ids.length > 0;
  const { all = false } = options;
  if (all === named) {
    console.error("retry needs either ids or --all");
    return exit.usage;
  }
  if (named) return await each(office, ids, options, (found) => office.retry(found));
  const filter = { state: DeadLetterState.DEAD, fact: options.fact, orderId: "", limit: 100_000 };
  const { letters, silent } = await office.list(filter);
  const refs = letters.map(({ ref }) => ref);
  for (const { service, why } of silent) console.error(`${service} does not answer: ${why}`);
  const code = await each(office, refs, options, (found) => office.retry(found));
  return silent.length === 0 ? code : exit.unreachable;
}

/** Does it to every one, goes on when one is refused, and answers the worst exit code. */
async function each(
  office: Office,
  ids: readonly string[],
  { json }: Common,
  act: (found: Letter) => Promise<Letter>,
): Promise<number> {
  let code = exit.done;
  for (const id of ids) {
    try {
      const after = await act(await office.find(id));
      console.log(json ? jsonOf(after) : `${after.ref} is ${stateName(after.letter.state)}`);
    } catch (error) {
      code = Math.max(code, complain(error));
    }
  }
  return code;
}

/** Says what is wrong and answers the exit code for it; what nobody expected is thrown on. */
function complain(error: unknown): number {
  if (!(error instanceof Trouble) && !(error instanceof RpcError)) throw error;
  console.error(error.message);
  const gone = error instanceof RpcError && (error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED");
  return gone ? exit.unreachable : exit.refused;
}

for (const one of [program, ...program.commands]) {
  // Help and version end with 0; whatever else commander ends for is wrong usage.
  one.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exit.done : exit.usage));
}
program.parseAsync().catch((error: unknown) => {
  process.exitCode = complain(error);
});
