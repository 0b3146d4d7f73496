// The log: one JSON object a line, with the ids of the active trace. In a terminal a line for people instead.
import { Writable } from "node:stream";
import { trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger, pino } from "pino";

/** Levels from loud to quiet; `LOG_LEVEL`. */
export const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
/** One of the levels. */
export type Level = (typeof levels)[number];

/** The logger that every part of a process gets. */
export type Log = Logger;

/** What a log says of its process, how much, and where to. */
export interface LogOptions {
  readonly service: string;
  readonly level?: Level;
  /** Standard output by default. */
  readonly to?: DestinationStream;
}

/** Makes the process's log. */
export function makeLog({ service, level = "info", to = standardOutput() }: LogOptions): Log {
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: traceIds,
      redact: ["password", "cardToken", "card_token", "authorization"],
    },
    to,
  );
}

function traceIds(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

function standardOutput(): DestinationStream {
  const forPeople = process.stdout.isTTY && process.env.NODE_ENV !== "production";
  return forPeople ? readable(process.stdout) : pino.destination({ dest: 1, sync: true });
}

/** Turns JSON lines into lines for people: time, level, message, then the fields. */
export function readable(to: { write(text: string): unknown }): Writable {
  return new Writable({
    decodeStrings: false,
    write: (line: string | Buffer, _encoding, done) => {
      to.write(`${spoken(String(line))}\n`);
      done();
    },
  });
}

function spoken(line: string): string {
  const { time, level, service, pid: _pid, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const stack = (err as { stack?: string } | undefined)?.stack;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const head = [String(time).slice(11, 23), String(level).padEnd(5), service, msg ?? ""].join(" ");
  return [head, ...rest].join(" ").trimEnd() + (stack === undefined ? "" : `\n${stack}`);
}
