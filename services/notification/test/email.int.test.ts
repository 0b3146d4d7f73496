import { expect } from "chai";
import type { SMTPServerOptions } from "smtp-server";
import { byMail, type Mail } from "../src/email.js";
import { letter, patiently } from "./given.js";
import { refusal, smtp } from "./smtp.js";

describe("mail", () => {
  const open: (() => unknown)[] = [];
  const closing = <Opened extends { close(): unknown }>(opened: Opened): Opened => {
    open.push(() => opened.close());
    return opened;
  };
  const mailTo = (url: string): Mail => closing(byMail({ url, from: "Pavane <shop@example.org>", timeout: 2_000 }));
  const send = (mail: Mail, changes = {}) => mail.deliver("notify/1", letter(changes), patiently);
  const trouble = async (sending: Promise<unknown>): Promise<string> =>
    sending.then(
      (done) => `no error: ${JSON.stringify(done)}`,
      (error: { code?: string }) => error.code ?? String(error),
    );

  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  it("reaches the customer, with the same Message-ID whenever it is sent again", async () => {
    const { url, mails } = closing(await smtp());
    const mail = mailTo(url);
    expect(await send(mail)).to.deep.equal({ status: "SENT" });
    expect(await send(mail)).to.deep.equal({ status: "SENT" });
    expect(mails).to.have.lengthOf(2);
    for (const received of mails) {
      expect(received).to.match(/^To: ada@example\.org\r$/m);
      expect(received).to.match(/^From: Pavane <shop@example\.org>\r$/m);
      expect(received).to.match(/^Subject: Your order order-1 is complete\r$/m);
      expect(received).to.match(/^Message-ID: <0197-a-email@pavane>\r$/m);
      expect(received).to.contain("Dear Ada,\r\n\r\nThank you.\r\n\r\nPavane");
    }
  });

  it("that the server refuses for good has failed", async () => {
    const { url } = closing(await smtp({ onRcptTo: (_address, _session, done) => done(refusal(550, "no such user")) }));
    const delivery = await send(mailTo(url));
    expect(delivery.status).to.equal("FAILED");
    expect(delivery).to.have.property("failure").that.contains("no such user");
  });

  it("that the server refuses for good after its text has failed", async () => {
    const onData: SMTPServerOptions["onData"] = (stream, _session, done) => {
      stream.resume();
      stream.on("end", () => done(refusal(554, "this is spam")));
    };
    const delivery = await send(mailTo(closing(await smtp({ onData })).url));
    expect(delivery).to.have.property("failure").that.contains("this is spam");
  });

  it("to what is no address has failed", async () => {
    const { url } = closing(await smtp());
    expect((await send(mailTo(url), { recipient: "nobody at all" })).status).to.equal("FAILED");
  });

  it("that the server cannot take now is tried again", async () => {
    const { url } = closing(await smtp({ onRcptTo: (_address, _session, done) => done(refusal(450, "mailbox busy")) }));
    expect(await trouble(send(mailTo(url)))).to.equal("EENVELOPE");
  });

  it("is tried again when the server refuses us, for that says nothing of the mail", async () => {
    const onAuth: SMTPServerOptions["onAuth"] = (_auth, _session, done) => done(refusal(535, "who are you?"));
    const { url } = closing(await smtp({ authOptional: false, allowInsecureAuth: true, onAuth }));
    expect(await trouble(send(mailTo(url.replace("//", "//me:secret@"))))).to.equal("EAUTH");
  });

  it("is tried again when nobody answers, and when it takes too long", async () => {
    const gone = await smtp();
    await gone.close();
    expect(await trouble(send(mailTo(gone.url)))).to.equal("ESOCKET");
    const silent = closing(await smtp({ onConnect: () => undefined }));
    const sending = mailTo(silent.url).deliver("k", letter(), AbortSignal.timeout(50));
    expect(await sending.then(String, (error: Error) => error.name)).to.equal("TimeoutError");
  });
});
