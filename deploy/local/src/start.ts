// npm start: the whole system, then the demo in it, until Ctrl-C.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { kept } from "./paths.js";
import { findState } from "./state.js";
import { type Stack, startStack } from "./stack.js";
import { fail, Trouble } from "./trouble.js";

const usage = `npm start -- [--no-demo] [--replicas N] [--dir DIR]
  --no-demo      only start the system
  --replicas N   processes of every service (1)
  --dir DIR      where data and logs are kept (PAVANE_DIR, or .pavane)
DATABASE_URL and NATS_URL name a Postgres and a NATS to use instead of our own.`;

/** Whether a signal has come. */
let ending = false;

async function main(): Promise<void> {
  const { demo, replicas, dir } = options();
  const running = findState(dir);
  if (running) {
    throw new Trouble(
      `It already runs from here (process ${running.pid}, since ${running.started}). End it with Ctrl-C there, or: kill ${running.pid}`,
    );
  }
  const signals = endOnSignal();
  const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl } = process.env;
  const say = (line: string) => console.log(line);
  // The demo's expired order is not to be waited for longer than one likes to watch.
  const { ORDER_DEADLINE_SECONDS = "15", SAGA_STEP_TIMEOUT_SECONDS = "6" } = process.env;
  const env = { ORDER_DEADLINE_SECONDS, SAGA_STEP_TIMEOUT_SECONDS };
  const stack = await startStack({ dir, databaseUrl, natsUrl, replicas, env, knownPorts: true, say });
  signals.arm(stack);
  console.log(`\nEverything is ready. Logs are in ${dir}/logs, addresses in ${dir}/stack.json. Ctrl-C ends it.`);
  if (demo) await command("demo", dir);
  if (!ending) console.log(next(dir));
  // The services and servers keep us here; this line is what keeps Node here.
  setInterval(() => undefined, 1 << 30);
}

/** What to do now that it runs. */
function next(dir: string): string {
  return `
Try it from another terminal, in this directory:

  npm run seed                    # users and items to buy with: user-123, item-potion and others
  . ${relative(process.cwd(), dir) || "."}/env                  # ORDER_ADDRESS, USER_ADDRESS, ITEM_ADDRESS and the like
  npx buf curl --protocol grpc --http2-prior-knowledge http://$ORDER_ADDRESS/pavane.order.v1.OrderService/PlaceOrder \\
    -d '{"order_id":"my-1","user_id":"user-123","payment_method":"PAYMENT_METHOD_WALLET","lines":[{"item_id":"item-potion","quantity":2}]}'
  grpcurl -plaintext -d '{"order_id":"my-1"}' $ORDER_ADDRESS pavane.order.v1.OrderService/GetOrder

npm run demo plays the purchases again, npm run audit checks every invariant. Ctrl-C here ends it; the data is kept.`;
}

function options(): { demo: boolean; replicas: number; dir: string } {
  try {
    const { values } = parseArgs({
      options: {
        "no-demo": { type: "boolean" },
        replicas: { type: "string", default: "1" },
        dir: { type: "string", default: kept },
        help: { type: "boolean" },
      },
    });
    const replicas = Number(values.replicas);
    if (values.help || !Number.isInteger(replicas) || replicas < 1) throw new Error(usage);
    return { demo: values["no-demo"] !== true, replicas, dir: resolve(values.dir) };
  } catch (error) {
    throw new Trouble(error instanceof Error && error.message === usage ? usage : `${String(error)}\n${usage}`);
  }
}

/** Runs another of our commands in the running system, in a process of its own; it ends with us. */
async function command(name: string, dir: string): Promise<void> {
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  if (!existsSync(file)) return;
  const env = { ...process.env, PAVANE_DIR: dir };
  const child = spawn(process.execPath, ["--enable-source-maps", file], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  process.once("exit", () => child.kill());
  const code = await new Promise<number | null>((done) => child.once("close", done));
  if (code !== 0 && !ending) console.log(`The ${name} ended with exit code ${code}; the system goes on.`);
}

/** The first signal ends everything in order, a second one at once. */
function endOnSignal(): { arm(stack: Stack): void } {
  let stack: Stack | undefined;
  const end = (signal: NodeJS.Signals) => {
    // Before everything runs, the exit hooks of the children are enough.
    if (ending || !stack) process.exit(ending ? 1 : 0);
    ending = true;
    console.log(`\n${signal}: stopping, services first`);
    stack.close().then(() => process.exit(0), fail);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  return {
    arm: (running) => {
      stack = running;
    },
  };
}

main().catch(fail);
