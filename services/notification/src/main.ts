// The notification service's process.

import { NotificationServiceDefinition } from "@pavane/contracts/notification";
import { face, runService } from "@pavane/service";
import { channels } from "./channels.js";
import { variables } from "./config.js";
import { notificationService } from "./index.js";
import { commands, queries } from "./rpc.js";

runService("notification", variables, (config, log) => ({
  definition: notificationService({ mail: config.SMTP_URL !== undefined }),
  migrations: new URL("../../migrations/", import.meta.url),
  face: face(NotificationServiceDefinition, commands, queries),
  adapters: channels(
    {
      smtpUrl: config.SMTP_URL,
      from: config.SMTP_FROM,
      webhookSecret: config.WEBHOOK_SECRET,
      giveUpHours: config.NOTIFICATION_GIVE_UP_HOURS,
    },
    log,
  ).adapters,
}));
