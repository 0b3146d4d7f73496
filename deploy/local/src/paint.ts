// Colours for a terminal, and none for anything else.

/** Ways to set words apart. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  /** In the colour of a service. */
  service(name: string, text: string): string;
}

/** What can be said of an output: process.stdout is one. */
interface Output {
  readonly isTTY?: boolean;
}

/** Whether an output shows colours: a terminal does, unless NO_COLOR is set. */
export function colourful(output: Output, env: NodeJS.ProcessEnv = process.env): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

/** Colours, or plain text. */
export function paintFor(colours: boolean): Paint {
  const sgr = (code: string) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: sgr("1"),
    dim: sgr("2"),
    good: sgr("32"),
    bad: sgr("31;1"),
    warn: sgr("33"),
    service: (name, text) => sgr(hues[name] ?? "37")(text),
  };
}

const hues: Readonly<Record<string, string>> = {
  order: "36;1",
  user: "32",
  inventory: "33",
  item: "35",
  shipping: "34",
  payment: "31",
  notification: "37",
  saga: "34;1",
  sandbox: "37",
};
