// The rows of the shop's services as the rules read them: only the columns that a rule looks at.

import type { Database, World } from "@pavane/choreography/simulator";
import { ItemKind, PaymentMethod, type Purchase } from "@pavane/contracts/purchase";

/** What rules look at in user's database. */
export interface UserRow {
  readonly userId: string;
  readonly balance: bigint;
  readonly held: bigint;
  readonly spent: bigint;
  readonly deposited: bigint;
}
export interface FundsRow {
  readonly orderId: string;
  readonly userId: string;
  readonly state: string;
  readonly amount: bigint;
}
export interface InventoryRow {
  readonly userId: string;
  readonly capacity: number;
  readonly reserved: number;
  readonly used: number;
}
export interface SlotsRow {
  readonly orderId: string;
  readonly userId: string;
  readonly state: string;
  readonly slots: number;
}
export interface GrantRow {
  readonly orderId: string;
  readonly userId: string;
  readonly quantity: number;
}
export interface ItemRow {
  readonly itemId: string;
  readonly stock: bigint;
  readonly reserved: bigint;
  readonly allocated: bigint;
  readonly sold: bigint;
  readonly received: bigint;
}
export interface StockRow {
  readonly orderId: string;
  readonly state: string;
  readonly lines: readonly { readonly itemId: string; readonly kind: ItemKind; readonly quantity: number }[];
}
export interface ShipmentRow {
  readonly orderId: string;
  readonly state: string;
}
export interface PaymentRow {
  readonly orderId: string;
  readonly state: string;
  readonly purchase: Purchase;
  readonly refundRefused: boolean;
  readonly settled: boolean;
}
export interface OrderRow {
  readonly orderId: string;
  readonly status: string;
  readonly purchase: Purchase;
  readonly answered: readonly string[];
}

/** All that the participants hold of one order. */
export interface Holds {
  readonly funds: FundsRow | undefined;
  readonly slots: SlotsRow | undefined;
  readonly stock: StockRow | undefined;
  readonly shipment: ShipmentRow | undefined;
  readonly payment: PaymentRow | undefined;
}

/** The holds of an order. */
export function holdsOf(world: World, orderId: string): Holds {
  const row = <Row extends { readonly orderId: string }>(service: string, table: string): Row | undefined =>
    world
      .database(service)
      .rows<Row>(table)
      .find((one) => one.orderId === orderId);
  return {
    funds: row<FundsRow>("user", "hold"),
    slots: row<SlotsRow>("inventory", "hold"),
    stock: row<StockRow>("item", "hold"),
    shipment: row<ShipmentRow>("shipping", "shipment"),
    payment: row<PaymentRow>("payment", "payment"),
  };
}

/** All orders. */
export function ordersOf(world: World): readonly OrderRow[] {
  return world.database("order").rows<OrderRow>("orders");
}

/** Whether a line of a purchase ships. */
export function ships({ lines }: Purchase): boolean {
  return lines.some(({ kind }) => kind === ItemKind.PHYSICAL);
}

/** Whether the provider is asked for its money. */
export function byCard({ paymentMethod, total }: Purchase): boolean {
  return paymentMethod === PaymentMethod.CARD && total.minorUnits > 0n;
}

/** Facts of a database by the aggregate they are of. */
export function byAggregate(database: Database): Map<string, { type: string; version: bigint }[]> {
  const groups = new Map<string, { type: string; version: bigint }[]>();
  for (const { type, aggregate, subject, version } of database.facts()) {
    const name = `${aggregate}/${subject}`;
    groups.set(name, [...(groups.get(name) ?? []), { type, version }]);
  }
  return groups;
}
