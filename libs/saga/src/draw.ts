// A saga for people: its way forward and back as a drawing, and its table of steps.

import type { Catalogue, FactType } from "@pavane/kernel";
import type { Declared, StepOptions } from "./declare.js";
import { delayOf, usualRetry, usualTimeout } from "./plan.js";

/** What a page says of one saga beside what is drawn of its declaration. */
export interface DrawingOptions {
  readonly title: string;
  readonly about: string;
}

type Row = StepOptions<never, string, string, string>;
type Owner = (fact: string) => string;
/** The part of a declaration that is drawn. */
export type Drawn = Pick<Declared<never>, "starts" | "decider" | "completed" | "compensated"> & {
  readonly steps: readonly Row[];
};

/** A section of a page, in Markdown with Mermaid, drawn from the declaration that runs. */
export function drawing<Facts extends object>(
  catalogue: Catalogue<Facts>,
  declared: Drawn,
  { title, about }: DrawingOptions,
): string {
  const ownerOf = (fact: string): string => {
    return (catalogue as Readonly<Record<string, FactType<string, unknown>>>)[fact]?.owner ?? fact;
  };
  const self = ownerOf(declared.completed);
  const parties = [self, ...declared.steps.map(({ succeeds }) => ownerOf(succeeds[0] ?? ""))];
  return [
    ...[`## ${title}`, "", about, "", "```mermaid", "sequenceDiagram"],
    ...[...new Set([ownerOf(declared.starts), ...parties])].map((party) => `  participant ${party}`),
    ...forward(declared, self, ownerOf),
    ...["```", "", "And back, from wherever it was, each answer awaited:", "", "```mermaid", "sequenceDiagram"],
    ...[...new Set([ownerOf(declared.starts), ...parties])].map((party) => `  participant ${party}`),
    ...back(declared, self, ownerOf),
    ...["```", "", "| step | asked by | answers | late after | undone by | answers | waits for it |"],
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...declared.steps.map(row),
    "",
  ].join("\n");
}

function forward({ starts, steps, decider, completed }: Drawn, self: string, ownerOf: Owner): string[] {
  const asked = steps.flatMap(({ name, command, succeeds, when }) => {
    const party = ownerOf(succeeds[0] ?? "");
    const lines = [`  ${self}->>${party}: ${command}`, `  ${party}-->>${self}: ${succeeds.join(" or ")}`];
    return when === undefined ? lines : [`  opt ${name} is needed`, ...lines, "  end"];
  });
  const decided = decider === undefined ? [] : [`  ${ownerOf(decider.completes)}->>${self}: ${decider.completes}`];
  return [`  ${ownerOf(starts)}->>${self}: ${starts}`, ...asked, ...decided, `  Note over ${self}: ${completed}`];
}

function back({ steps, decider, compensated }: Drawn, self: string, ownerOf: Owner): string[] {
  const decided =
    decider === undefined
      ? []
      : [
          ...["  opt a step is late", `  ${self}->>${ownerOf(decider.cancels)}: ${decider.cancel}`, "  end"],
          `  ${ownerOf(decider.cancels)}->>${self}: ${decider.cancels}`,
        ];
  const undone = steps.toReversed().flatMap((step) => {
    const party = ownerOf(step.compensated[0] ?? "");
    return [`  ${self}->>${party}: ${step.compensation}`, `  ${party}-->>${self}: ${step.compensated.join(" or ")}`];
  });
  return [...decided, ...undone, `  Note over ${self}: ${compensated}`];
}

function row({ name, command, succeeds, fails, compensation, compensated, when, ...rest }: Row): string {
  const facts = (names: readonly string[]): string => names.map((fact) => `\`${fact}\``).join("<br>");
  const { timeout = usualTimeout, retry = usualRetry } = rest;
  const delays = Array.from({ length: retry.tries }, (_, at) => delayOf(retry, at + 1));
  return [
    ...["", ` ${name}${when === undefined ? "" : ", where it is needed"} `, ` \`${command}\` `],
    ...[` ${facts([...succeeds, ...fails])} `, ` ${timeout} s `, ` \`${compensation}\` `, ` ${facts(compensated)} `],
    ...[` ${delays.join(", ")} s `, ""],
  ].join("|");
}
