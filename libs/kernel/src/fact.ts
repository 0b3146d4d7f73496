// What a fact is to the libraries: its name, who owns it, which aggregate it is of, and how it is written as bytes.

/** Turns a payload into bytes and back; ts-proto's generated message objects are codecs as they are. */
export interface Codec<Data> {
  encode(message: Data): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Data;
  toJSON(message: Data): unknown;
  fromJSON(json: unknown): Data;
}

/** One kind of fact, declared once by the option `(pavane.fact.v1.fact)` on its message. */
export interface FactType<Name extends string, Data> {
  /** `noun.past`, for example `stock.reserved`; also the end of its subject. */
  readonly name: Name;
  /** The service that announces it; nobody else may. */
  readonly owner: string;
  /** The kind of aggregate whose gapless version it carries, for example `stock`. */
  readonly aggregate: string;
  /** Compensations and confirmations: handling is retried for ever and never becomes a dead letter. */
  readonly forever: boolean;
  /** Nobody hears it, and that is meant. */
  readonly end: boolean;
  /** The full protobuf type name, `pavane.item.v1.StockReserved`. */
  readonly message: string;
  /** The id of the aggregate the fact is of. */
  subjectOf(data: Data): string;
  /** The order the fact belongs to, where it belongs to one. */
  orderIdOf(data: Data): string | undefined;
  readonly codec: Codec<Data>;
}

/** Every fact of a system by its name. `Facts` maps names to payload types. */
export type Catalogue<Facts extends object> = {
  readonly [Name in keyof Facts & string]: FactType<Name, Facts[Name]>;
};
