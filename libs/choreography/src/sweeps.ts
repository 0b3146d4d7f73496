// Sweeps: what waits in the database for its time comes back as inputs. Safe with several replicas.

import { type FailedRow, leaseFailed, run, type Store, newEventId } from "@pavane/store";
import { hear, type Hearing } from "./hearing.js";
import type { Input } from "./input.js";

/** What the sweeps run on. */
export interface SweepOptions extends Hearing {
  readonly store: Store;
  /** Rows of each kind taken at a time. */
  readonly limit: number;
  /** Seconds for which a failed message that is tried again is this replica's. */
  readonly lease: number;
  readonly push: (input: Input) => void;
}

/** Rows whose time has come, as inputs; resolves once all of them are settled. Returns how many there were. */
export async function sweepDues(options: SweepOptions): Promise<number> {
  const { definition, store, limit, push } = options;
  const found = await Promise.all(
    definition.dues.map(async (rule) => {
      const statement = rule.table.due;
      if (statement === undefined) throw new TypeError(`table ${rule.table.name} is declared without a due column`);
      const rows = await run<{ key: string }>(store, statement, [limit]);
      await Promise.all(
        rows.map(
          ({ key }) =>
            new Promise<void>((resolve) => {
              push({
                name: rule.name,
                rule,
                data: key,
                id: newEventId(),
                version: 0n,
                orderId: undefined,
                actor: `/pavane/${definition.name}`,
                traceparent: undefined,
                settle: () => resolve(),
              });
            }),
        ),
      );
      return rows.length;
    }),
  );
  return found.reduce((sum, count) => sum + count, 0);
}

/** Failed messages whose next attempt is due, as inputs. Returns how many there were. */
export async function sweepFailed(options: SweepOptions): Promise<number> {
  const { store, limit, lease, push } = options;
  const rows = await run<FailedRow>(store, leaseFailed, [limit, lease]);
  for (const { id, reaction, attempts, subject, message } of rows) {
    push(hear(options, { type: reaction, subject, data: message, fallbackId: id, attempts, settle: () => undefined }));
  }
  return rows.length;
}
