// The channels that are configured, each the adapter of its kind of effect.

import type { Adapter } from "@pavane/choreography";
import type { Log } from "@pavane/runtime";
import { byMail } from "./email.js";
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

/** The adapters by kind of effect. Without a mail server, mail that was asked for earlier is given up in time too. */
export function channels(options: ChannelOptions, log: Log): Readonly<Record<"log" | "email" | "webhook", Adapter>> {
  const { smtpUrl, from, webhookSecret, giveUpHours } = options;
  const mail =
    smtpUrl === undefined
      ? () => Promise.reject(new Error("SMTP_URL is not set: mail cannot be sent"))
      : byMail({ url: smtpUrl, from }).deliver;
  return {
    log: toLog(log),
    email: patient(giveUpHours, mail),
    webhook: patient(giveUpHours, byWebhook({ secret: webhookSecret })),
  };
}
