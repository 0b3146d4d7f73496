// The notification service through its public door: what a caller gets, and how a caller is refused.

import { Channel, NotificationServiceDefinition } from "@pavane/contracts/notification";
import { type Client, client, RpcError } from "@pavane/rpc";
import { face, type RunningService, startService } from "@pavane/service";
import { type Database, database, namespace, natsUrl } from "@pavane/testkit";
import { expect } from "chai";
import { notificationService } from "../src/index.js";
import { commands, queries } from "../src/rpc.js";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe("the door of notification", function () {
  this.timeout(60_000);
  let home: Database;
  let service: RunningService;
  let notification: Client<NotificationServiceDefinition>;

  before(async () => {
    home = await database();
    const setup = {
      definition: notificationService(),
      face: face(NotificationServiceDefinition, commands, queries),
      migrations: new URL("../../migrations/", import.meta.url),
    };
    const places = { databaseUrl: home.url, natsUrl: natsUrl(), namespace: namespace(), grpcPort: 0 };
    service = await startService(setup, { ...places, log });
    service.server.setServing(true);
    notification = client(NotificationServiceDefinition, `127.0.0.1:${service.grpcPort}`);
  });
  after(async () => {
    notification.close();
    await service.stop(5_000);
    await home.drop();
  });

  const prefer = async (preferences: object): Promise<unknown> =>
    await notification
      .setPreferences({ userId: "ada", channels: [], webhookUrl: "", ...preferences })
      .catch((error: RpcError) => `${error.code} ${error.reason}`);

  it("keeps preferences, of users it has not heard of too", async () => {
    const webhookUrl = "https://example.org/hook";
    const preferences = { userId: "ada", channels: [Channel.WEBHOOK, Channel.LOG], webhookUrl };
    expect(await prefer(preferences)).to.deep.equal({ preferences });
    expect(await prefer({})).to.deep.equal({ preferences: { userId: "ada", channels: [], webhookUrl: "" } });
  });

  it("refuses preferences that cannot be followed", async () => {
    expect(await prefer({ channels: [Channel.WEBHOOK] })).to.equal("INVALID_ARGUMENT INVALID_REQUEST");
    expect(await prefer({ channels: [Channel.LOG, Channel.LOG] })).to.equal("INVALID_ARGUMENT INVALID_REQUEST");
    expect(await prefer({ userId: "no spaces" })).to.equal("INVALID_ARGUMENT INVALID_REQUEST");
    const file = { channels: [Channel.WEBHOOK], webhookUrl: "file:///etc/passwd" };
    expect(await prefer(file)).to.equal("INVALID_ARGUMENT WEBHOOK_URL_UNSUPPORTED");
  });

  it("lists nothing before there is anything, and refuses a page of nothing", async () => {
    const all = { userId: "", orderId: "", pageSize: 0, pageToken: "" };
    expect(await notification.listNotifications(all)).to.deep.equal({ notifications: [], nextPageToken: "" });
    const wrong = await notification.listNotifications({ ...all, pageToken: "x" }).catch((error: unknown) => error);
    expect(wrong).to.be.instanceOf(RpcError).and.include({ code: "INVALID_ARGUMENT", reason: "INVALID_PAGE_TOKEN" });
  });
});
