// Makes a service of the running system stand still for a while, as an outage would.
import type { StackState } from "../state.js";
import { Trouble } from "../trouble.js";

/** What the demo may do to the services. */
export interface Control {
  /** Stops a service with all its replicas; the answer makes it run again, and may be called twice. */
  halt(service: string): Promise<() => Promise<void>>;
}

/** Stops the processes by signal: whoever started them notices nothing. A demo that is ended lets them run again. */
export function controlOf({ services }: Pick<StackState, "services">): Control {
  return {
    halt: async (service) => {
      const pids = (services[service]?.replicas ?? []).map(({ pid }) => pid).filter((pid) => pid > 0);
      if (pids.length === 0) throw new Trouble(`The running system does not say which processes ${service} has.`);
      const wake = (): void => pids.forEach((pid) => send(pid, "SIGCONT"));
      process.once("exit", wake);
      for (const pid of pids) send(pid, "SIGSTOP");
      return async () => {
        wake();
        process.off("exit", wake);
      };
    },
  };
}

function send(pid: number, signal: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (signal === "SIGSTOP") throw new Trouble(`Process ${pid} cannot be stopped: ${String(error)}`);
    // It ended meanwhile: nothing is left to wake.
  }
}
