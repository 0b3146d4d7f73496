// The witness: facts by order, repeats let go, waiting that ends.
import { catalogue, encodeFact } from "@pavane/contracts";
import { purchase } from "@pavane/testkit";
import { expect } from "chai";
import { makeWitness } from "../src/demo/witness.js";

const placed = (orderId: string, id: string): Uint8Array =>
  encodeFact(catalogue["order.placed"], { purchase: purchase({ orderId }) }, { id, time: new Date(5), version: 1n });
const listed = encodeFact(
  catalogue["stock.received"],
  { itemId: "item-1", restockId: "r-1", quantity: 1n, stock: 1n },
  { id: "event-9", time: new Date(5), version: 1n },
);

describe("the witness", () => {
  it("keeps the facts of each order apart, and lets go what belongs to none", () => {
    const witness = makeWitness();
    witness.see(placed("order-a", "event-1"));
    witness.see(placed("order-b", "event-2"));
    witness.see(listed);
    expect(witness.factsOf("order-a").map(({ id, owner }) => [id, owner])).to.deep.equal([["event-1", "order"]]);
    expect(witness.factsOf("order-b")).to.have.length(1);
  });

  it("takes a fact once, however often it comes", () => {
    const witness = makeWitness();
    witness.see(placed("order-a", "event-1"));
    witness.see(placed("order-a", "event-1"));
    expect(witness.factsOf("order-a")).to.have.length(1);
  });

  it("tells a follower what it saw before and what it sees later", () => {
    const witness = makeWitness();
    const told: string[] = [];
    witness.see(placed("order-a", "event-1"));
    witness.follow("order-a", ({ id }) => told.push(id));
    witness.see(placed("order-a", "event-2"));
    expect(told).to.deep.equal(["event-1", "event-2"]);
  });

  it("waits until it holds, and no longer than it may", async () => {
    const witness = makeWitness();
    const came = witness.until("order-a", (facts) => facts.length === 2, 5_000);
    witness.see(placed("order-a", "event-1"));
    witness.see(placed("order-a", "event-2"));
    expect(await came).to.equal(true);
    expect(await witness.until("order-a", (facts) => facts.length === 3, 10)).to.equal(false);
  });

  it("does not take bytes for a fact that are none", () => {
    expect(() => makeWitness().see(new Uint8Array([1, 2, 3]))).to.throw();
  });
});
