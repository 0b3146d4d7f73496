// What waits for an operator: stuck facts, dead letters, messages and effects that are tried again and again.
import type { Book, Books } from "./books.js";
import { type Finding, Sheet } from "./sheet.js";

/** Reports what is stuck, dead or late in each service: no contradiction, but somebody must look. */
export async function auditTrouble(books: Books): Promise<Finding[]> {
  const sheet = new Sheet({ name: "trouble", says: "nothing is stuck, dead or tried again and again", of: "service" });
  for (const book of books.all) {
    for (const question of questions) await ask(sheet, book, question);
    if (book.service === "saga") await ask(sheet, book, failedSagas);
  }
  return [sheet.close()];
}

interface Question {
  readonly what: string;
  readonly advice: string;
  readonly sql: string;
}

const questions: readonly Question[] = [
  {
    what: "stuck facts",
    advice: "the broker refuses them: see outbox_stuck",
    sql: "select count(*) as count from outbox_stuck",
  },
  {
    what: "facts on their way to the broker for ten seconds",
    advice: "is the broker reachable, does the service run?",
    sql: `select count(*) as count from outbox o
           where created < now() - interval '10 seconds'
             and position > coalesce((select position from relay_cursor c where c.part = o.part order by at desc limit 1), 0)
             and not exists (select from outbox_stuck s where s.position = o.position)
             and not exists (select from receipt r where o.position between r.min_position and r.max_position
                                                     and o.position = any(r.positions))`,
  },
  {
    what: "dead letters",
    advice: "npm run dead -- list",
    sql: "select count(*) as count from failed_message where state = 'DEAD'",
  },
  {
    what: "messages being retried",
    advice: "npm run dead -- list --state retrying",
    sql: "select count(*) as count from failed_message where state = 'RETRYING'",
  },
  {
    what: "effects without an outcome for a minute",
    advice: "is what they call reachable?",
    sql: `select count(*) as count from effect where state = 'PENDING' and created_at < now() - interval '1 minute'`,
  },
];

const failedSagas: Question = {
  what: "FAILED sagas",
  advice: "a compensation was not answered in time: see RetryCompensation",
  sql: "select count(*) as count from saga where status = 'FAILED'",
};

async function ask(sheet: Sheet, book: Book, { what, advice, sql }: Question): Promise<void> {
  const [found] = await book.read<{ readonly count: bigint }>(sql);
  const count = found?.count ?? 0n;
  sheet.add(book.service, what, count);
  if (count > 0n) sheet.note(`${book.service}: ${count} ${what} (${advice})`);
}
