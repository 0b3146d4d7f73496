// The Postgres and the NATS of a stack: ours, which can be stopped and killed, or others that were given.
import { type Nats, startNats } from "./nats.js";
import { type Postgres, startPostgres } from "./postgres.js";
import { Trouble } from "./trouble.js";

/** A server of the stack, over all the times it is started. */
export interface Server {
  readonly url: string;
  /** False when it was given: then it is not ours to stop. */
  readonly ours: boolean;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** An orderly end. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** A Postgres of our own in `dir`. */
export function ourPostgres(dir: string, port: number): Promise<Server> {
  return restartable("Postgres", () => startPostgres({ dir, port }));
}

/** A nats-server of our own in `dir`. */
export function ourNats(dir: string, port: number, say: (line: string) => void): Promise<Server> {
  return restartable("NATS", () => startNats({ dir, port, say }));
}

/** A server that somebody else runs. */
export function givenServer(name: string, url: string): Server {
  const refuse = async () => {
    throw new Trouble(`The ${name} at ${new URL(url).host} was given, so it is not ours to start and stop.`);
  };
  return { url, ours: false, start: refuse, stop: refuse, kill: refuse };
}

async function restartable(name: string, launch: () => Promise<Postgres | Nats>): Promise<Server> {
  let current: Postgres | Nats | undefined = await launch();
  const { url } = current;
  const release = () => {
    const server = current;
    current = undefined;
    if (!server) throw new Trouble(`${name} does not run.`);
    return server;
  };
  return {
    url,
    ours: true,
    start: async () => {
      current ??= await launch();
    },
    stop: async () => await release().stop(),
    kill: async () => await release().kill(),
  };
}
