// The EMAIL channel: SMTP.

import { createTransport } from "nodemailer";
import type { Delivery, Letter } from "./domain.js";

/** Where and as whom to send mail. */
export interface MailOptions {
  /** `smtp://user:password@host:port`, or `smtps://`. */
  readonly url: string;
  readonly from: string;
  /** Milliseconds until a silent server counts as no answer; 10,000 by default. */
  readonly timeout?: number;
}

/** A channel with connections to close. */
export interface Mail {
  readonly deliver: (key: string, letter: Letter, signal: AbortSignal) => Promise<Delivery>;
  close(): void;
}

/**
 * Sends notifications by SMTP. SMTP knows no idempotency key: a process that dies between the server's answer and the
 * commit sends twice, with the same Message-ID. A refusal of this mail for good (5xx) is final; all else is tried again.
 */
export function byMail({ url, from, timeout = 10_000 }: MailOptions): Mail {
  const timeouts = { connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout };
  const transport = createTransport({ url, pool: true, maxConnections: 5, ...timeouts });
  const deliver = async (_key: string, letter: Letter, signal: AbortSignal): Promise<Delivery> => {
    signal.throwIfAborted();
    const sending = transport.sendMail({
      from,
      to: letter.recipient,
      subject: letter.subject,
      text: letter.body,
      messageId: `<${letter.notificationId}@pavane>`,
      headers: { "X-Pavane-Order": letter.orderId, "X-Pavane-Fact": letter.fact },
    });
    try {
      await Promise.race([sending, aborted(signal)]);
      return { status: "SENT" };
    } catch (error) {
      const failure = refusalOf(error);
      if (failure === undefined) throw error;
      return { status: "FAILED", failure };
    }
  };
  return { deliver, close: () => transport.close() };
}

/** What the server said when it refused this very mail for good; undefined for trouble of any other kind. */
function refusalOf(error: unknown): string | undefined {
  const { code, responseCode, message } = error as { code?: string; responseCode?: number; message?: string };
  // Not EAUTH or ECONNECTION: a server that refuses us says nothing of the mail. An envelope that was refused without a
  // response was never sent: its address is none.
  if (code !== "EENVELOPE" && code !== "EMESSAGE") return undefined;
  const forGood = responseCode === undefined ? code === "EENVELOPE" : responseCode >= 500;
  return forGood ? (message ?? "refused") : undefined;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
