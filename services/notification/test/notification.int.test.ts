import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  Channel,
  type ListNotificationsRequest,
  type Notification,
  NotificationStatus,
  type SetPreferencesRequest,
} from "@pavane/contracts/notification";
import { UserStatus } from "@pavane/contracts/user";
import { money } from "@pavane/kernel";
import { makeLog } from "@pavane/runtime";
import { eventually, purchase, type Stage, stage } from "@pavane/testkit";
import { expect } from "chai";
import { channels } from "../src/channels.js";
import { notificationService } from "../src/index.js";
import { queries } from "../src/rpc.js";
import { type Smtp, smtp } from "./smtp.js";

const migrations = new URL("../../migrations/", import.meta.url);
const order = purchase({ orderId: "order-1", userId: "ada" });

describe("the notification service", function () {
  this.timeout(60_000);
  let hall: Stage;
  let mailbox: Smtp;
  const closing: (() => unknown)[] = [];

  beforeEach(async () => {
    mailbox = await smtp();
    closing.push(() => mailbox.close());
    const options = { smtpUrl: mailbox.url, from: "Pavane <shop@example.org>", webhookSecret: "hush", giveUpHours: 72 };
    const open = channels(options, makeLog({ service: "notification", level: "silent" }));
    closing.push(() => open.close());
    hall = await stage({ definition: notificationService({ mail: true }), migrations, adapters: open.adapters });
    closing.push(() => hall.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const register = async (userId: string, email: string): Promise<void> => {
    const wallet = { status: UserStatus.ACTIVE, currencyCode: "USD", purchaseLimit: money("USD", 1n) };
    hall.say("user.registered", { userId, name: "Ada", email, ...wallet });
    await eventually(async () =>
      expect(await hall.store.knex("contact").where({ user_id: userId, email })).to.have.lengthOf(1),
    );
  };
  const prefer = (preferences: Partial<SetPreferencesRequest>): Promise<unknown> =>
    hall.ask("setPreferences", { userId: "ada", channels: [], webhookUrl: "", ...preferences });
  const list = (filter: Partial<ListNotificationsRequest> = {}) =>
    queries(hall.store).listNotifications({ userId: "", orderId: "", pageSize: 0, pageToken: "", ...filter });
  const settled = (orderId: string): Promise<readonly Notification[]> =>
    eventually(async () => {
      const { notifications } = await list({ orderId });
      expect(notifications).not.to.have.lengthOf(0);
      for (const { status } of notifications) expect(status).not.to.equal(NotificationStatus.PENDING);
      return notifications;
    });

  it("mails the customer once for each fact, whatever is delivered again", async () => {
    await register("ada", "ada@example.org");
    const id = hall.say("order.completed", { purchase: order });
    for (let again = 0; again < 10; again++) hall.say("order.completed", { purchase: order }, { id });
    hall.say("shipment.dispatched", { purchase: order, carrier: "DHL", trackingNumber: "T1" });
    await eventually(() => expect(mailbox.mails).to.have.lengthOf(2));
    const told = await settled("order-1");
    expect(told.map(({ fact }) => fact).sort()).to.deep.equal(["order.completed", "shipment.dispatched"]);
    for (const { status, channel, recipient, attempts, failure, sentTime } of told) {
      expect([status, channel, recipient]).to.deep.equal([NotificationStatus.SENT, Channel.EMAIL, "ada@example.org"]);
      expect([attempts, failure]).to.deep.equal([1, ""]);
      expect(sentTime).to.be.instanceOf(Date);
    }
    expect(mailbox.mails.join("\n"))
      .to.contain("Subject: Your order order-1 is complete")
      .and.contain("tracking number T1");
  });

  it("tells of every fact that customers care about", async () => {
    const cancelled = { purchase: order, code: "EXPIRED", reason: "" };
    hall.say("order.submitted", { purchase: order });
    hall.say("order.approved", { purchase: order });
    hall.say("order.completed", { purchase: order });
    hall.say("order.cancelled", cancelled);
    hall.say("shipment.dispatched", { purchase: order, carrier: "", trackingNumber: "" });
    hall.say("shipment.delivered", { purchase: order, carrier: "", trackingNumber: "" });
    await eventually(async () => expect(await settled("order-1")).to.have.lengthOf(6));
    for (const { channel, status } of await settled("order-1")) {
      expect([channel, status], "to a user nobody knows").to.deep.equal([Channel.LOG, NotificationStatus.SENT]);
    }
  });

  it("keeps why a mail was refused for good", async () => {
    mailbox.refuse(550, "no such user here");
    await register("ada", "gone@example.org");
    hall.say("order.completed", { purchase: order });
    const [failed] = await settled("order-1");
    expect(failed).to.include({ status: NotificationStatus.FAILED, sentTime: undefined });
    expect(failed?.failure).to.contain("no such user here");
  });

  it("tries again until the mail server takes it, and shows why it waits", async () => {
    mailbox.refuse(451, "come back later");
    await register("ada", "ada@example.org");
    hall.say("order.completed", { purchase: order });
    await eventually(async () => {
      const [waiting] = (await list({ orderId: "order-1" })).notifications;
      expect(waiting?.status).to.equal(NotificationStatus.PENDING);
      expect(waiting?.failure).to.contain("come back later");
    });
    mailbox.accept();
    const sent = await eventually(() => settled("order-1"), { timeout: 20_000 });
    expect(sent[0]).to.include({ status: NotificationStatus.SENT, failure: "" });
    expect(sent[0]?.attempts).to.be.greaterThan(1);
    expect(mailbox.mails).to.have.lengthOf(1);
  });

  it("follows the preferences, each channel with a delivery of its own", async () => {
    const keys: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      keys.push(request.headers["idempotency-key"] as string | undefined);
      response.statusCode = keys.length === 1 ? 503 : 200;
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => server.close());
    const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    await prefer({ channels: [Channel.WEBHOOK, Channel.EMAIL], webhookUrl });
    await register("ada", "ada@example.org");
    hall.say("order.completed", { purchase: order });
    const told = await eventually(() => settled("order-1"), { timeout: 20_000 });
    expect(told.map(({ channel, status, recipient }) => `${channel} ${status} ${recipient}`).sort()).to.deep.equal([
      "CHANNEL_EMAIL NOTIFICATION_STATUS_SENT ada@example.org",
      `CHANNEL_WEBHOOK NOTIFICATION_STATUS_SENT ${webhookUrl}`,
    ]);
    expect(mailbox.mails).to.have.lengthOf(1);
    expect(keys).to.have.lengthOf(2);
    expect(keys[0], "the same key at every attempt").to.equal(keys[1]);
    expect(keys[0]).to.match(/^notify\/.+-webhook$/);
  });

  it("lists notifications newest first, by user and order, page by page", async () => {
    for (let index = 0; index < 5; index++) {
      hall.say("order.completed", { purchase: purchase({ orderId: `order-${index}`, userId: `user-${index % 2}` }) });
      await settled(`order-${index}`);
    }
    const pagesOf = async (filter: Partial<ListNotificationsRequest>): Promise<string[][]> => {
      const pages: string[][] = [];
      for (let pageToken = ""; ; ) {
        const page = await list({ pageSize: 2, ...filter, pageToken });
        pages.push(page.notifications.map(({ orderId }) => orderId));
        if (page.nextPageToken === "") return pages;
        pageToken = page.nextPageToken;
      }
    };
    expect(await pagesOf({})).to.deep.equal([["order-4", "order-3"], ["order-2", "order-1"], ["order-0"]]);
    expect(await pagesOf({ userId: "user-0" })).to.deep.equal([["order-4", "order-2"], ["order-0"]]);
    expect(await pagesOf({ orderId: "order-3" })).to.deep.equal([["order-3"]]);
    const garbage = await list({ pageToken: "garbage" }).catch((error: unknown) => error);
    expect(garbage).to.include({ reason: "invalid", code: "INVALID_PAGE_TOKEN" });
  });

  it("has constraints that no notification can break, whatever the code does", async () => {
    await prefer({});
    hall.say("order.completed", { purchase: order });
    await settled("order-1");
    const broken = [
      ["notification", "status = 'PENDING'"],
      ["notification", "status = 'FAILED', sent_time = null"],
      ["notification", "channel = 'PIGEON'"],
      ["notification", "channel = 'EMAIL'"],
      ["contact", "channels = '[\"WEBHOOK\"]'"],
      ["contact", "seen = -1"],
    ];
    for (const [table, change] of broken) {
      const update = hall.store.knex.raw(`update ${table} set ${change}`);
      const code = await update.then(
        () => undefined,
        (error: { code?: string }) => error.code,
      );
      expect(code, change).to.equal("23514");
    }
  });
});
