// Shows the parts one after another, each live: what was said before its turn comes at once, the rest as it happens.
import { setTimeout as sleep } from "node:timers/promises";
import type { Paint } from "../paint.js";
import type { Line, Part, Result } from "./part.js";

/** Where to show it. */
export interface Stage {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** Whether a line can be written over: then waiting is shown too. */
  readonly live: boolean;
}

/** Shows every part to its end, in order, and answers how each went. */
export async function show(parts: readonly Part[], stage: Stage): Promise<Result[]> {
  const results: Result[] = [];
  for (const part of parts) {
    stage.write(heading(part, stage.paint));
    const waiting = stage.live ? showWaiting(part, stage) : undefined;
    for (let line = await part.next(); line !== undefined; line = await part.next()) {
      waiting?.clear();
      stage.write(timelineLine(line, stage.paint));
      // Fast enough not to be waited for, slow enough to be seen.
      if (stage.live) await sleep(25);
    }
    waiting?.end();
    const result = await part.result;
    stage.write(verdict(result, stage.paint));
    results.push(result);
  }
  return results;
}

function heading({ scenario, orderId }: Part, paint: Paint): string {
  return `\n${paint.bold(scenario.name)}${scenario.mode === "ORCHESTRATED" ? " (orchestrated)" : ""}  ${scenario.story}\n${paint.dim(`           order ${orderId}`)}\n`;
}

function timelineLine({ at, who, what, detail, kind }: Line, paint: Paint): string {
  const time = paint.dim(`${String(Math.max(0, Math.round(at))).padStart(6)} ms`);
  const named = kind === "act" ? paint.bold(who.padEnd(10)) : paint.service(who, who.padEnd(10));
  const said = kind === "act" ? paint.bold(what.padEnd(20)) : what.padEnd(20);
  return `${time}  ${named} ${said} ${paint.dim(detail)}`.trimEnd() + "\n";
}

function verdict({ outcome, code, facts, milliseconds, problems }: Result, paint: Paint): string {
  const end = code === "" ? outcome : `${outcome}, ${code}`;
  const measure = paint.dim(`${facts.length} facts in ${Math.round(milliseconds)} ms`);
  if (problems.length === 0) return `        ${paint.good(`✔ ${end}`)}  ${measure}\n`;
  return `        ${paint.bad(`✘ ${end}`)}  ${measure}\n${problems.map((problem) => `          ${problem}\n`).join("")}`;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** A turning wheel with the seconds since the last line, for as long as nothing else is said. */
function showWaiting(part: Part, { write, paint }: Stage): { clear(): void; end(): void } {
  let since = Date.now();
  let frame = 0;
  const erase = (): void => write("\r\u001b[2K");
  const timer = setInterval(() => {
    const seconds = (Date.now() - since) / 1000;
    if (seconds < 0.3) return;
    frame += 1;
    erase();
    write(
      paint.dim(
        `         ${frames[frame % frames.length]} ${seconds.toFixed(1)} s  ${part.scenario.without ? `${part.scenario.without} stands still` : ""}`,
      ),
    );
  }, 100);
  const clear = (): void => {
    erase();
    since = Date.now();
  };
  return {
    clear,
    end: () => {
      clearInterval(timer);
      erase();
    },
  };
}
