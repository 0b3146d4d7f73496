// Amounts of money: int64 minor units with an ISO 4217 code.

/** An amount in the minor units of its currency: 1000 with USD is ten dollars. */
export interface Money {
  readonly currencyCode: string;
  readonly minorUnits: bigint;
}

/** An amount of a currency. */
export function money(currencyCode: string, minorUnits: bigint): Money {
  return { currencyCode, minorUnits };
}

/** The sum of two amounts of one currency. Throws RangeError when the currencies differ. */
export function plus(left: Money, right: Money): Money {
  sameCurrency(left, right);
  return money(left.currencyCode, left.minorUnits + right.minorUnits);
}

/** An amount, so many times. */
export function times(amount: Money, count: number): Money {
  return money(amount.currencyCode, amount.minorUnits * BigInt(count));
}

/** Whether two amounts are the same amount of the same currency. */
export function equal(left: Money, right: Money): boolean {
  return left.currencyCode === right.currencyCode && left.minorUnits === right.minorUnits;
}

/** For people: `12.50 USD`. The digits after the point are those ISO 4217 gives the currency. */
export function format(amount: Money): string {
  const digits = fractionDigits(amount.currencyCode);
  const sign = amount.minorUnits < 0n ? "-" : "";
  const units = (amount.minorUnits < 0n ? -amount.minorUnits : amount.minorUnits).toString().padStart(digits + 1, "0");
  const point = units.length - digits;
  return `${sign}${units.slice(0, point)}${digits > 0 ? `.${units.slice(point)}` : ""} ${amount.currencyCode}`;
}

// Asking Intl costs some 20 µs, and rejections on the hot path say amounts.
const digitsOf: Record<string, number> = {};

function fractionDigits(currencyCode: string): number {
  let digits = digitsOf[currencyCode];
  if (digits === undefined) {
    const asked = new Intl.NumberFormat("en", { style: "currency", currency: currencyCode });
    digits = asked.resolvedOptions().maximumFractionDigits ?? 2;
    digitsOf[currencyCode] = digits;
  }
  return digits;
}

function sameCurrency(left: Money, right: Money): void {
  if (left.currencyCode !== right.currencyCode) {
    throw new RangeError(`${left.currencyCode} and ${right.currencyCode} cannot be added`);
  }
}
