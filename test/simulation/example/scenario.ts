// What is explored of the library: readers who want the last copy, and may give up.

import type { Scenario } from "@pavane/choreography/simulator";
import { type Book, desk, type Keep, type Loan, shelf } from "./library.js";

/** Two readers want a book of which there is one copy; the first may give up. */
export const lending: Scenario = {
  name: "two readers, one copy",
  services: [desk, shelf],
  given: [{ service: "shelf", command: "stock", request: { bookId: "moby", copies: 1 } }],
  asks: [
    { service: "desk", command: "ask", request: { loanId: "ann", bookId: "moby" } },
    { service: "desk", command: "ask", request: { loanId: "bob", bookId: "moby" } },
    { service: "desk", command: "giveUp", request: { loanId: "ann" } },
  ],
  always: [
    {
      name: "no copy is kept twice",
      service: "shelf",
      broken: (database) => {
        const [book] = database.rows<Book>("book");
        const kept = database.rows<Keep>("keep").filter(({ state }) => state === "KEPT").length;
        return book === undefined || (book.kept === kept && kept <= book.copies)
          ? undefined
          : `${book.kept} of ${book.copies} are kept, for ${kept} readers`;
      },
    },
  ],
  ends: [
    {
      name: "every loan is lent or ended, and the shelf knows",
      broken: (world) => {
        const keeps = world.database("shelf").rows<Keep>("keep");
        for (const { loanId, state } of world.database("desk").rows<Loan>("loan")) {
          const keep = keeps.find((one) => one.loanId === loanId)?.state;
          const good = (state === "LENT" && keep === "KEPT") || (state === "ENDED" && keep === "BACK");
          if (!good) return `${loanId} is ${state}, its copy ${keep ?? "never asked for"}`;
        }
        return undefined;
      },
    },
  ],
};
