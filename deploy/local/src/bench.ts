// npm run bench: measures purchases end to end on a system of its own, or on the one that runs.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { findGhz, type Mode } from "./bench/load.js";
import { benchPoison, type PoisonOptions } from "./bench/poison.js";
import { poisonText, profileText, textOf } from "./bench/print.js";
import { hottest, profileFlags, readProfile } from "./bench/profile.js";
import { benchPurchases, type Measured } from "./bench/purchase.js";
import { kept } from "./paths.js";
import { makeRunDirectory } from "./scratch.js";
import { allServices, startStack } from "./stack.js";
import { requireState, type StackState } from "./state.js";
import { fail, Trouble } from "./trouble.js";

interface Options {
  readonly mode: Mode;
  readonly users: number;
  readonly items: number;
  readonly rate?: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly concurrency: number;
  readonly raw: number;
  readonly running?: boolean;
  readonly dir?: string;
  readonly ghz: boolean;
  readonly profile?: string;
  readonly json?: boolean;
}

const program = new Command("npm run bench --").description("Measures the system, everything on this machine.");
const about = `
The system is a throw-away one of its own, with fsync on, removed at the end; with --running the one that runs.
PlaceOrder is timed by its caller. "placed to completed" is from the transaction that placed an order to the one that
completed it, by the database's clock. The load is made by ghz where it is found ($GHZ, PATH, ~/go/bin), else by a
client of ours, which costs more CPU. The raw limit is the time of bare work: publishes of as many messages of the same
bytes and headers, their consumption with acks, and multi-row inserts of as many of the same rows, added up.`;

program
  .command("purchase", { isDefault: true })
  .description("purchases per second from PlaceOrder to order.completed, against the raw limit of broker and database")
  .addOption(
    new Option("--mode <mode>", "who makes the participants move")
      .choices(["choreographed", "orchestrated"])
      .default("choreographed"),
  )
  .option("--rate <n>", "PlaceOrder calls a second; as fast as possible by default", positive)
  .option("--seconds <n>", "seconds measured", positive, 15)
  .option("--warmup <n>", "seconds under the same load before: V8 compiles for that long", positive, 20)
  .option("--concurrency <n>", "PlaceOrder calls under way at a time, at most", whole, 200)
  .option("--users <n>", "users that buy", whole, 500)
  .option("--items <n>", "items that are bought", whole, 100)
  .option("--raw <n>", "purchases' worth of raw work, at most", whole, 5_000)
  .option("--running", "measure the system that runs; it keeps the users, items and orders")
  .option("--dir <path>", "with --running: the system that keeps its stack.json there, instead of in .pavane")
  .option("--no-ghz", "make the load by our own client")
  .option("--profile <service>", "profile the CPU of a service, and show where it goes")
  .option("--json", "one JSON line, instead of text")
  .addHelpText("after", about)
  .action((options: Options) => main(options));

program
  .command("poison")
  .description("facts a second with one in 500 that breaks a rule, and with a key in twenty of which all do")
  .option("--facts <n>", "facts in a round", whole, 10_000)
  .option("--rounds <n>", "rounds of each kind", whole, 3)
  .option("--json", "one JSON line, instead of text")
  .action(poison);

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function whole(text: string): number {
  const value = positive(text);
  if (Number.isInteger(value)) return value;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

async function main(options: Options): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const ghz = options.ghz ? findGhz(process.env) : undefined;
  const wanted = { ...options, rate: options.rate, ghz };
  if (options.running) {
    if (options.profile !== undefined) throw new Trouble("--profile needs a system of its own: leave out --running.");
    show(options, await benchPurchases(requireState(options.dir), wanted, say));
    return;
  }
  const { profile } = options;
  if (profile !== undefined && !allServices().includes(profile)) throw new Trouble(`There is no service ${profile}.`);
  await onOwnSystem(
    profile,
    say,
    (state) => benchPurchases(state, wanted, say),
    (measured, profiles) => {
      show(options, measured);
      if (profile !== undefined) showProfile(profile, profiles, measured, options.json === true);
    },
  );
}

async function poison({ facts, rounds, json }: PoisonOptions & { readonly json?: boolean }): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  await onOwnSystem(
    undefined,
    say,
    (state) => benchPoison(state, { facts, rounds }),
    (report) => {
      console.log(json ? JSON.stringify(report) : poisonText(report));
    },
  );
}

/** Runs a benchmark on a system made for it, and `show` when the system has ended and before all of it is removed. */
async function onOwnSystem<Result>(
  profile: string | undefined,
  say: (text: string) => void,
  bench: (state: StackState) => Promise<Result>,
  show: (result: Result, profiles: string) => void,
): Promise<void> {
  const dir = await makeRunDirectory("bench");
  const profiles = join(dir, "profiles");
  try {
    say("starting a system of its own");
    const stack = await startStack({
      dir,
      flagsOf: profile === undefined ? {} : { [profile]: profileFlags(profiles) },
    });
    let result: Result;
    try {
      result = await bench(stack.state());
    } finally {
      await stack.close();
    }
    show(result, profiles);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function show({ json }: Options, { report }: Measured): void {
  console.log(json ? JSON.stringify(report) : textOf(report));
}

function showProfile(service: string, dir: string, { from, to }: Measured, json: boolean): void {
  const { file, profile } = readProfile(dir);
  const place = join(kept, "profiles");
  mkdirSync(place, { recursive: true });
  const copy = join(place, `${service}-${new Date().toISOString().replace(/[:.]/g, "-")}.cpuprofile`);
  copyFileSync(file, copy);
  const text = profileText(service, copy, hottest(profile, from, to, 20));
  // The one JSON line stands alone on standard output.
  (json ? console.error : console.log)(text);
}

// A signal ends what we started with us, by the exit hooks.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
program.parseAsync().then(() => process.exit(0), fail);
