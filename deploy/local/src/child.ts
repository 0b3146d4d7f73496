// Child processes that the stack looks after: logged to a file, in a group of their own, never left behind.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was launched, and how to end it. */
export interface Child {
  readonly pid: number;
  /** Resolves when the process has ended, however it ended. */
  readonly exited: Promise<Exit>;
  /** False as soon as the process has ended. */
  running(): boolean;
  /** Sends the polite signal and waits; after `deadline` milliseconds kills, and says so by answering false. */
  stop(deadline?: number): Promise<boolean>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** The last lines of its log. */
  tail(lines?: number): string;
}

/** What to launch and as whom. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Standard output and error are appended here. */
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** The signal that asks for an orderly end; SIGTERM if not given. */
  readonly polite?: NodeJS.Signals;
  /** Gives the child a channel to us that closes when we die, so that it can end itself. */
  readonly channel?: boolean;
}

const alive = new Map<ChildProcess, NodeJS.Signals>();
// Last resort when we end without having stopped them; after kill -9 of ourselves the next start cleans up.
process.on("exit", () => {
  for (const [child, signal] of alive) child.kill(signal);
});

/** Launches a process in its own group, so that Ctrl-C in the terminal reaches it only through us. */
export function launch(options: Launch): Promise<Child> {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = openSync(options.log, "a");
  const stdio: StdioOptions = options.channel ? ["ignore", log, log, "ipc"] : ["ignore", log, log];
  const { command, args, cwd, uid, gid } = options;
  const child = spawn(command, args, {
    stdio,
    detached: true,
    env: options.env ?? process.env,
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  closeSync(log);
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("spawn", () => done(look(child, options)));
  });
}

function look(child: ChildProcess, options: Launch): Child {
  const polite = options.polite ?? "SIGTERM";
  let running = true;
  alive.set(child, polite);
  const exited = new Promise<Exit>((done) => {
    child.once("exit", (code, signal) => {
      running = false;
      alive.delete(child);
      done({ code, signal });
    });
  });
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  return {
    pid: child.pid ?? -1,
    exited,
    running: () => running,
    kill,
    stop: async (deadline = 30_000) => {
      child.kill(polite);
      // A process that somebody has halted hears the signal only once it goes on.
      if (polite === "SIGTERM") child.kill("SIGCONT");
      if (await within(exited, deadline)) return true;
      await kill();
      return false;
    },
    tail: (lines = 20) => tail(options.log, lines),
  };
}

async function within(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(() => done(false), milliseconds);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}

/** The last lines of a log file; empty when there is none. */
function tail(file: string, lines = 20): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "";
  }
}

/** Whether a process of this id lives, also one that belongs to somebody else. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
