// What callers ask of the notification service: preferences to set, notifications to list.

import { one, vocabulary } from "@pavane/choreography";
import { catalogue } from "@pavane/contracts";
import {
  Channel,
  type ListNotificationsRequest,
  type ListNotificationsResponse,
  NotificationStatus,
  type SetPreferencesRequest,
  type SetPreferencesResponse,
} from "@pavane/contracts/notification";
import type { Store } from "@pavane/store";
import { contacts } from "./contact.js";
import { type Contact, setPreferences } from "./domain.js";
import { listNotifications } from "./notification.js";

const { command } = vocabulary(catalogue);

const contact = { contact: one(contacts, ({ userId }: SetPreferencesRequest) => userId) };

/** The writes, by the names of the contract. */
export const commands = {
  setPreferences: command([], contact, setPreferences, toPreferences),
};

/** The reads, by the names of the contract. */
export const queries = (store: Store) => ({
  async listNotifications(request: ListNotificationsRequest): Promise<ListNotificationsResponse> {
    const filter = { userId: request.userId || undefined, orderId: request.orderId || undefined };
    const { rows, nextPageToken } = await listNotifications(store, filter, request);
    const notifications = rows.map((row) => ({
      ...row,
      channel: Channel[row.channel],
      status: NotificationStatus[row.status],
    }));
    return { notifications, nextPageToken };
  },
});

function toPreferences({ contact: { userId, channels, webhookUrl } }: { contact: Contact }): SetPreferencesResponse {
  return { preferences: { userId, channels: channels.map((channel) => Channel[channel]), webhookUrl } };
}
