// Where a service's CPU goes: the functions of a V8 profile by the time spent in themselves.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Trouble } from "../trouble.js";

/** What V8 writes on --cpu-prof; times in microseconds of the monotonic clock. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function, and its share of the time in which the process was not idle. */
export interface Hot {
  readonly share: number;
  readonly milliseconds: number;
  readonly name: string;
  readonly place: string;
}

/** The flags that make Node write a profile into a directory when it ends. */
export const profileFlags = (dir: string): string[] => ["--cpu-prof", `--cpu-prof-dir=${dir}`];

/** Reads the one profile of a directory. */
export function readProfile(dir: string): { file: string; profile: Profile } {
  const name = readdirSync(dir).find((each) => each.endsWith(".cpuprofile"));
  if (name === undefined) throw new Trouble(`There is no profile in ${dir}: the service did not end in order.`);
  const file = join(dir, name);
  return { file, profile: JSON.parse(readFileSync(file, "utf8")) as Profile };
}

/** The functions with the most self time between two instants (`process.hrtime.bigint()` / 1000), hottest first. */
export function hottest(profile: Profile, from: number, to: number, most: number): Hot[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spent = new Map<string, { name: string; place: string; micros: number }>();
  let at = profile.startTime;
  let busy = 0;
  profile.samples.forEach((id, index) => {
    const micros = profile.timeDeltas[index + 1] ?? 0;
    at += profile.timeDeltas[index] ?? 0;
    const frame = frames.get(id);
    if (frame === undefined || at < from || at > to || frame.functionName === "(idle)") return;
    busy += micros;
    const place = frame.url === "" ? "" : `${shortUrl(frame.url)}:${frame.lineNumber + 1}`;
    const name = frame.functionName || "(anonymous)";
    const entry = spent.get(`${name} ${place}`) ?? { name, place, micros: 0 };
    entry.micros += micros;
    spent.set(`${name} ${place}`, entry);
  });
  return [...spent.values()]
    .sort((a, b) => b.micros - a.micros)
    .slice(0, most)
    .map(({ name, place, micros }) => ({ share: micros / busy, milliseconds: micros / 1000, name, place }));
}

/** file:///…/libs/store/dist/src/flight.js as libs/store/dist/src/flight.js; a package from node_modules on. */
function shortUrl(url: string): string {
  return url.replace(/^.*\/node_modules\//, "").replace(/^.*\/((?:libs|services)\/)/, "$1");
}
