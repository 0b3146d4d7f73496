// A service as the process it is: started by its compiled main, known by what it logs, ended in order.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.js";

/** A running process. */
export interface Program {
  /** Waits for a line of the log that has this field, and answers the field. Rejects with the log when there is none. */
  logged(field: string): Promise<unknown>;
  /** SIGTERM. Answers the exit code. */
  stop(): Promise<number | null>;
}

/** Starts a compiled main on the environment of the tests with these variables. It ends when the tests do. */
export function program(main: URL, variables: Readonly<Record<string, string>>): Program {
  const env = { ...process.env, ...variables };
  const child = spawn(process.execPath, [fileURLToPath(main)], { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const lines: string[] = [];
  createInterface(child.stdout as NonNullable<typeof child.stdout>).on("line", (line) => lines.push(line));
  return {
    logged: async (field) => {
      const line = await eventually(() => {
        const found = lines.find((one) => field in (JSON.parse(one) as object));
        if (found === undefined && child.exitCode === null)
          throw new Error(`no line has ${field}:\n${lines.join("\n")}`);
        return found ?? "";
      });
      if (line === "") throw new Error(`it ended with ${child.exitCode}:\n${lines.join("\n")}`);
      return (JSON.parse(line) as Record<string, unknown>)[field];
    },
    stop: async () => {
      child.kill("SIGTERM");
      const [code] = await exited;
      return code;
    },
  };
}
