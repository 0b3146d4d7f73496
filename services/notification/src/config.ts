// What notification is told by its environment, beside what every service is told.

import { z } from "zod";

/** Notification's own variables. */
export const variables = {
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe("the url of a mail server, smtp://user:password@host:port; without it nothing goes by mail"),
  SMTP_FROM: z
    .string()
    .min(1)
    .default("Pavane <pavane@localhost>")
    .describe("the sender of mails, Name <address@example.org>"),
  WEBHOOK_SECRET: z
    .string()
    .min(8, "too short")
    .optional()
    .describe("the secret that webhooks are signed with, 8 characters at least; without it they are not signed"),
  NOTIFICATION_GIVE_UP_HOURS: z.coerce
    .number()
    .positive()
    .default(72)
    .describe("the hours after which a notification that could not be delivered is given up"),
};
