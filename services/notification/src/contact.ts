// The table of contacts: how to reach each user.

import { int8, json, table, text } from "@pavane/store";
import type { Contact, Way } from "./domain.js";

export const contacts = table<Contact>("contact", {
  key: "userId",
  columns: { userId: text, name: text, email: text, seen: int8, channels: json<readonly Way[]>(), webhookUrl: text },
});
