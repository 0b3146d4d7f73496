// A lending library: a reader asks for a book, the shelf sets a copy aside, the desk lends it or lets it go again.
//
// Two services, five facts, one deadline: as small as a saga gets that can still go wrong in every way.

import { one, service, vocabulary } from "@pavane/choreography";
import type { Announcement, Catalogue, Codec, Context, Decision, FactType } from "@pavane/kernel";
import { nothing, Refused } from "@pavane/kernel";
import { int4, optional, table, text, time, word } from "@pavane/store";

/** Every fact: what is said of a loan. */
interface OfLoan {
  readonly loanId: string;
  readonly bookId: string;
}
export interface Facts {
  readonly "loan.asked": OfLoan;
  readonly "loan.ending": OfLoan;
  readonly "copy.kept": OfLoan;
  readonly "copy.missing": OfLoan;
  readonly "copy.back": OfLoan;
}

function fact<Name extends keyof Facts>(name: Name, owner: string, aggregate: string): FactType<Name, OfLoan> {
  const codec: Codec<OfLoan> = {
    encode: (data) => ({ finish: () => Buffer.from(JSON.stringify(data)) }),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as OfLoan,
    toJSON: (data) => data,
    fromJSON: (json) => json as OfLoan,
  };
  const forever = name === "loan.ending" || name === "copy.back";
  const about = { name, owner, aggregate, forever, end: false, message: `library.${name}`, codec };
  return { ...about, subjectOf: ({ loanId }) => loanId, orderIdOf: () => undefined };
}

const catalogue: Catalogue<Facts> = {
  "loan.asked": fact("loan.asked", "desk", "loan"),
  "loan.ending": fact("loan.ending", "desk", "loan"),
  "copy.kept": fact("copy.kept", "shelf", "keep"),
  "copy.missing": fact("copy.missing", "shelf", "keep"),
  "copy.back": fact("copy.back", "shelf", "keep"),
};

/** The desk decides how a loan ends. */
export interface Loan extends OfLoan {
  readonly state: "ASKED" | "LENT" | "ENDING" | "ENDED";
  /** When the reader has waited long enough. */
  readonly deadline: Date | undefined;
}

/** The shelf has books, and keeps copies of them for loans. */
export interface Book {
  readonly bookId: string;
  readonly copies: number;
  readonly kept: number;
}
export interface Keep extends OfLoan {
  readonly state: "KEPT" | "MISSING" | "BACK";
}

const loans = table<Loan>("loan", {
  key: "loanId",
  aggregate: "loan",
  due: "deadline",
  columns: { loanId: text, bookId: text, state: word<Loan["state"]>(), deadline: optional(time) },
});
const books = table<Book>("book", { key: "bookId", columns: { bookId: text, copies: int4, kept: int4 } });
const keeps = table<Keep>("keep", {
  key: "loanId",
  aggregate: "keep",
  columns: { loanId: text, bookId: text, state: word<Keep["state"]>() },
});

type Said<Name extends keyof Facts> = Announcement<Name, OfLoan>;
type Desk = { readonly loan: Loan | undefined };
type Shelf = { readonly book: Book | undefined; readonly keep: Keep | undefined };
type ShelfNext = { readonly book?: Book; readonly keep?: Keep };

function ask(
  { loan }: Desk,
  { loanId, bookId }: OfLoan,
  { now }: Context,
): Decision<{ loan: Loan }, Said<"loan.asked">> {
  if (loan !== undefined) return nothing;
  const deadline = new Date(now.getTime() + 60_000);
  return {
    next: { loan: { loanId, bookId, state: "ASKED", deadline } },
    events: [{ type: "loan.asked", data: { loanId, bookId } }],
  };
}

function end(loan: Loan): Decision<{ loan: Loan }, Said<"loan.ending">> {
  const { loanId, bookId } = loan;
  const ending = { ...loan, state: "ENDING", deadline: undefined } as const;
  return { next: { loan: ending }, events: [{ type: "loan.ending", data: { loanId, bookId } }] };
}

function giveUp(
  { loan }: Desk,
  { loanId }: { readonly loanId: string },
): Decision<{ loan: Loan }, Said<"loan.ending">> {
  if (loan === undefined) throw new Refused("not_found", "LOAN_NOT_FOUND", `there is no loan ${loanId}`);
  return loan.state === "ASKED" ? end(loan) : nothing;
}

function stop({ loan }: Desk): Decision<{ loan: Loan }, Said<"loan.ending">> {
  return loan?.state === "ASKED" ? end(loan) : nothing;
}

function wait({ loan }: Desk, _key: string, { now }: Context): Decision<{ loan: Loan }, Said<"loan.ending">> {
  return loan?.deadline !== undefined && loan.deadline <= now ? end(loan) : nothing;
}

function lend({ loan }: Desk): Decision<{ loan: Loan }> {
  return loan?.state === "ASKED" ? { next: { loan: { ...loan, state: "LENT", deadline: undefined } } } : nothing;
}

function close({ loan }: Desk): Decision<{ loan: Loan }> {
  return loan?.state === "ENDING" ? { next: { loan: { ...loan, state: "ENDED" } } } : nothing;
}

function keep(
  { book, keep: held }: Shelf,
  { loanId, bookId }: OfLoan,
): Decision<ShelfNext, Said<"copy.kept" | "copy.missing">> {
  if (held !== undefined) return nothing;
  const data = { loanId, bookId };
  if (book === undefined || book.kept === book.copies) {
    return { next: { keep: { ...data, state: "MISSING" } }, events: [{ type: "copy.missing", data }] };
  }
  const next = { keep: { ...data, state: "KEPT" }, book: { ...book, kept: book.kept + 1 } } as const;
  return { next, events: [{ type: "copy.kept", data }] };
}

/** Without a keep it leaves a tombstone, so that a loan.asked that comes later keeps nothing. */
function putBack({ book, keep: held }: Shelf, { loanId, bookId }: OfLoan): Decision<ShelfNext, Said<"copy.back">> {
  if (held?.state === "BACK") return nothing;
  const data = { loanId, bookId };
  const back = held?.state === "KEPT" && book !== undefined ? { book: { ...book, kept: book.kept - 1 } } : {};
  return { next: { keep: { ...data, state: "BACK" }, ...back }, events: [{ type: "copy.back", data }] };
}

function stock(
  { book }: { readonly book: Book | undefined },
  { bookId, copies }: Omit<Book, "kept">,
): Decision<{ book: Book }> {
  return book === undefined ? { next: { book: { bookId, copies, kept: 0 } } } : nothing;
}

const { command, commutes, due } = vocabulary(catalogue);
const loan = { loan: one(loans, ({ loanId }: { readonly loanId: string }) => loanId) };
const copy = { book: one(books, ({ bookId }: OfLoan) => bookId), keep: one(keeps, ({ loanId }: OfLoan) => loanId) };

export const desk = service({
  name: "desk",
  catalogue,
  tables: [loans],
  reactions: [
    commutes("copy.kept", [], loan, lend),
    commutes("copy.missing", ["loan.ending"], loan, stop),
    commutes("copy.back", [], loan, close),
  ],
  commands: {
    ask: command(["loan.asked"], loan, ask, ({ loan: { state } }) => ({ state })),
    giveUp: command(["loan.ending"], loan, giveUp, ({ loan: { state } }) => ({ state })),
  },
  dues: [due("wait", loans, ["loan.ending"], { loan: one(loans, (key: string) => key) }, wait)],
});

const book = { book: one(books, ({ bookId }: Omit<Book, "kept">) => bookId) };

export const shelf = service({
  name: "shelf",
  catalogue,
  tables: [books, keeps],
  reactions: [
    commutes("loan.asked", ["copy.kept", "copy.missing"], copy, keep),
    commutes("loan.ending", ["copy.back"], copy, putBack),
  ],
  commands: { stock: command([], book, stock, () => ({})) },
});
