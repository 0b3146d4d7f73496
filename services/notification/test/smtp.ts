// An SMTP server that keeps what it receives, and refuses when told to.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A running server. */
export interface Smtp {
  readonly url: string;
  /** The mails it took, as they came. */
  readonly mails: readonly string[];
  /** Refuses every recipient from now on. */
  refuse(responseCode: number, message: string): void;
  /** Takes every recipient from now on. */
  accept(): void;
  close(): Promise<void>;
}

/** Starts a server on a free port. */
export async function smtp(options: SMTPServerOptions = {}): Promise<Smtp> {
  const mails: string[] = [];
  let refused: Error | undefined;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: (_address, _session, done) => done(refused),
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refuse: (responseCode, message) => {
      refused = refusal(responseCode, message);
    },
    accept: () => {
      refused = undefined;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

/** How smtp-server is told what to answer. */
export function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
