// Dead letters as a table, as a page, or as JSON.
import { DeadLetter, DeadLetterState } from "@pavane/contracts/operations";
import type { Letter } from "./letters.js";

const columns: readonly { readonly title: string; readonly of: (letter: Letter) => string }[] = [
  { title: "ID", of: ({ ref }) => ref },
  { title: "STATE", of: ({ letter }) => stateName(letter.state) },
  { title: "ORDER", of: ({ letter }) => letter.orderId || "-" },
  { title: "TRIES", of: ({ letter }) => String(letter.attempts) },
  { title: "SINCE", of: ({ letter }) => letter.createTime.toISOString().slice(0, 19) },
  { title: "REASON", of: ({ letter }) => oneLine(letter.reason, 80) },
];

/** Letters as an aligned table, newest first. */
export function tableOf(letters: readonly Letter[]): string {
  const rows = [columns.map(({ title }) => title), ...letters.map((letter) => columns.map(({ of }) => of(letter)))];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** All that is known of one letter. */
export function pageOf({ ref, service, letter }: Letter): string {
  const fields: readonly (readonly [string, string])[] = [
    ["id", ref],
    ["service", service],
    ["state", stateName(letter.state)],
    ["fact", letter.fact],
    ["subject", letter.subject],
    ["event id", letter.messageId],
    ["aggregate", letter.aggregate],
    ["order", letter.orderId],
    ["tries", String(letter.attempts)],
    ["reason", letter.reason],
    ["skipped by", letter.state === DeadLetterState.SKIPPED ? letter.actor : ""],
    ["failed first", letter.createTime.toISOString()],
    ["changed last", letter.updateTime.toISOString()],
    ["tried next", letter.dueTime?.toISOString() ?? ""],
    ["bytes", letter.message.length === 0 ? "" : `${letter.message.length}`],
  ];
  const lines = fields.filter(([, value]) => value !== "").map(([name, value]) => `${name.padEnd(13)}${value}`);
  return [...lines, "", payloadText(letter)].join("\n");
}

function payloadText({ payloadJson, message }: DeadLetter): string {
  if (payloadJson !== "") return JSON.stringify(JSON.parse(payloadJson), null, 2);
  return `It cannot be read as that fact. Its bytes: ${Buffer.from(message).toString("base64")}`;
}

/** A letter as one line of JSON, by the names of the proto, with its service and its id for this command. */
export function jsonOf({ ref, service, letter }: Letter): string {
  const fields = DeadLetter.toJSON(letter) as Record<string, unknown>;
  return JSON.stringify({ ref, service, ...fields, state: stateName(letter.state) });
}

/** DEAD, RETRYING or SKIPPED. */
export function stateName(state: DeadLetterState): string {
  return Object.entries(DeadLetterState).find(([, value]) => value === state)?.[0] ?? String(state);
}

function oneLine(text: string, most: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
