// The alarm of a saga that FAILED: an error in the log, which is what operators are alerted by.

import type { Alarm } from "@pavane/saga";

/** The part of a log that an alarm is written to. */
interface Log {
  error(details: object, message: string): void;
}

/** The adapter of the alarm: it has told when it has written. */
export const alarm =
  (log: Log) =>
  async (_key: string, { sagaId, attempt, open }: Alarm): Promise<object> => {
    const what = "a saga FAILED: RetryCompensation, or the late answers of these steps, settle it";
    log.error({ saga: sagaId, order_id: sagaId, attempt, open }, what);
    return {};
  };
