// The channels that are configured, each the adapter of its kind of effect.

import type { Adapter } from "@pavane/choreography";
import type { Log } from "@pavane/runtime";
import { byMail, type Mail } from "./email.js";
import { toLog } from "./log.js";
import { patient } from "./patience.js";
import { byWebhook } from "./webhook.js";

/** What channels are made of. */
export interface ChannelOptions {
  /** Undefined where no mail can be sent. */
  readonly smtpUrl: string | undefined;
  readonly from: string;
  /** Undefined leaves webhooks unsigned. */
  readonly webhookSecret: string | undefined;
  /** Hours after which a notification that could not be delivered is given up. */
  readonly giveUpHours: number;
}

/** The configured channels. */
export interface Channels {
  /** By kind of effect. */
  readonly adapters: Readonly<Record<"log" | "email" | "webhook", Adapter>>;
  /** Closes the connections that are kept to the mail server; the end of the process does too. */
  close(): void;
}

/** Opens the channels. Without a mail server, mail that was asked for earlier is given up in time too. */
export function channels(options: ChannelOptions, log: Log): Channels {
  const { smtpUrl, from, webhookSecret, giveUpHours } = options;
  const mail = smtpUrl === undefined ? noMail : byMail({ url: smtpUrl, from });
  return {
    adapters: {
      log: toLog(log),
      email: patient(giveUpHours, mail.deliver),
      webhook: patient(giveUpHours, byWebhook({ secret: webhookSecret })),
    },
    close: () => mail.close(),
  };
}

const noMail: Mail = {
  deliver: () => Promise.reject(new Error("SMTP_URL is not set: mail cannot be sent")),
  close: () => undefined,
};
