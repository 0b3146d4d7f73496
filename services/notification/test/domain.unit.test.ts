import { Channel } from "@pavane/contracts/notification";
import { UserStatus } from "@pavane/contracts/user";
import { money, nothing, Refused } from "@pavane/kernel";
import { purchase } from "@pavane/testkit";
import { expect } from "chai";
import fc from "fast-check";
import { type Contact, learn, type Notification, setPreferences, settle, tell } from "../src/domain.js";
import { at, contact, noon } from "./given.js";

const user = (email: string) => ({
  userId: "user-1",
  name: "Ada",
  email,
  status: UserStatus.ACTIVE,
  currencyCode: "USD",
  purchaseLimit: money("USD", 1n),
});
const preferences = (channels: Channel[], webhookUrl = "") => ({ userId: "user-1", channels, webhookUrl });

describe("contacts", () => {
  it("keep the newest that user said, and the preferences, in whatever order they come", () => {
    const versions = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
    const heard = versions.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([0, ...all, ...all], { minLength: 2 * all.length + 1 })),
    );
    fc.assert(
      fc.property(heard, ([all, order]) => {
        let kept: Contact | undefined;
        for (const version of order) {
          const decision =
            version === 0
              ? setPreferences({ contact: kept }, preferences([Channel.LOG]))
              : learn({ contact: kept }, user(`${version}@example.org`), at(BigInt(version)));
          kept = decision.next?.contact ?? kept;
        }
        const newest = Math.max(...all);
        const email = `${newest}@example.org`;
        expect(kept).to.deep.equal(contact({ email, seen: BigInt(newest), channels: ["LOG"] }));
      }),
    );
  });

  it("are not changed by what is not newer", () => {
    expect(learn({ contact: contact({ seen: 5n }) }, user("old@example.org"), at(5n))).to.equal(nothing);
  });

  it("take only web addresses to post to", () => {
    const set = (url: string) => setPreferences({ contact: undefined }, preferences([Channel.WEBHOOK], url));
    expect(set("https://example.org/hook").next?.contact).to.include({ webhookUrl: "https://example.org/hook" });
    for (const url of ["file:///etc/passwd", "ftp://example.org", "javascript:alert(1)"]) {
      expect(() => set(url))
        .to.throw(Refused)
        .that.includes({ reason: "invalid", code: "WEBHOOK_URL_UNSUPPORTED" });
    }
  });
});

describe("where a customer is told", () => {
  const url = "https://example.org/hook";
  const cases: [string, Contact | undefined, boolean, string][] = [
    ["nothing is wanted, mail can be sent", contact(), true, "EMAIL ada@example.org"],
    ["nothing is wanted, mail cannot be sent", contact(), false, "LOG "],
    ["nothing is wanted, there is no address", contact({ email: "" }), true, "LOG "],
    ["the user is not known", undefined, true, "LOG "],
    ["the log is wanted", contact({ channels: ["LOG"] }), true, "LOG "],
    ["a webhook is wanted", contact({ channels: ["WEBHOOK"], webhookUrl: url }), true, `WEBHOOK ${url}`],
    ["mail is wanted, but cannot be sent", contact({ channels: ["EMAIL"] }), false, "LOG "],
    [
      "everything is wanted",
      contact({ channels: ["EMAIL", "WEBHOOK", "LOG"], webhookUrl: url }),
      true,
      `EMAIL ada@example.org, WEBHOOK ${url}, LOG `,
    ],
    [
      "two are wanted, one can be used",
      contact({ channels: ["EMAIL", "WEBHOOK"], webhookUrl: url }),
      false,
      `WEBHOOK ${url}`,
    ],
  ];
  for (const [when, known, mail, where] of cases) {
    it(`when ${when}: ${where}`, () => {
      const decision = tell({ mail }, "order.completed")({ contact: known }, { purchase: purchase() }, at());
      const routes = decision.next?.notifications?.map(({ channel, recipient }) => `${channel} ${recipient}`);
      expect(routes?.join(", ")).to.equal(where);
      expect(decision.effects?.map(({ kind }) => kind.toUpperCase())).to.deep.equal(
        decision.next?.notifications?.map(({ channel }) => channel),
      );
    });
  }
});

describe("telling a customer", () => {
  const order = purchase({ orderId: "order-7" });
  const tellCompleted = tell({ mail: true }, "order.completed");

  it("makes a notification and asks for its delivery under a key of its own", () => {
    const { next, effects } = tellCompleted({ contact: contact() }, { purchase: order }, at());
    const [notification] = next?.notifications ?? [];
    expect(notification).to.deep.include({
      notificationId: "0197-a-email",
      userId: "user-1",
      orderId: "order-7",
      fact: "order.completed",
      status: "PENDING",
      createTime: noon,
      sentTime: undefined,
    });
    const { notificationId, userId, orderId, fact, recipient, subject, body } = notification as Notification;
    const input = { notificationId, userId, orderId, fact, recipient, subject, body, since: noon.toISOString() };
    expect(effects).to.deep.equal([{ kind: "email", key: "notify/0197-a-email", input }]);
    expect(JSON.parse(JSON.stringify(input)), "the input is a JSON value").to.deep.equal(input);
  });

  it("uses the same key for the same event and channel, and another for any other", () => {
    const all = contact({ channels: ["EMAIL", "LOG"] });
    const keys = (id: string) =>
      tellCompleted({ contact: all }, { purchase: order }, at(1n, id)).effects?.map(({ key }) => key) ?? [];
    expect(keys("a")).to.deep.equal(keys("a"));
    expect(new Set([...keys("a"), ...keys("b")])).to.have.lengthOf(4);
  });
});

describe("the outcome of a delivery", () => {
  const pending = tell({ mail: true }, "order.completed")({ contact: contact() }, { purchase: purchase() }, at());
  const notification = pending.next?.notifications?.[0];

  it("is kept, with the time", () => {
    const sent = settle({ notification }, { result: { status: "SENT" } }, at());
    expect(sent.next?.notification).to.deep.include({ status: "SENT", sentTime: noon, failure: "" });
    const failed = settle({ notification }, { result: { status: "FAILED", failure: "550 no such user" } }, at());
    expect(failed.next?.notification).to.deep.include({
      status: "FAILED",
      sentTime: undefined,
      failure: "550 no such user",
    });
  });

  it("changes nothing once one is kept, or when the notification is gone", () => {
    const done = settle({ notification }, { result: { status: "SENT" } }, at()).next?.notification;
    expect(settle({ notification: done }, { result: { status: "FAILED", failure: "late" } }, at())).to.equal(nothing);
    expect(settle({ notification: undefined }, { result: { status: "SENT" } }, at())).to.equal(nothing);
  });
});
