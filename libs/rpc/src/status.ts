// Refusals as gRPC statuses with google.rpc details, and back.
import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import { bytesOf, type FieldViolation, type MessageType } from "@pavane/contracts";
import { BadRequest, ErrorInfo, Status } from "@pavane/contracts/rpc";
import { type Reason, Refused } from "@pavane/kernel";

/** The names of the gRPC status codes. */
export type StatusName = keyof typeof status;

const statusOf: Readonly<Record<Reason, status>> = {
  invalid: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  already_exists: status.ALREADY_EXISTS,
  not_now: status.FAILED_PRECONDITION,
  conflict: status.ABORTED,
  denied: status.PERMISSION_DENIED,
  unavailable: status.UNAVAILABLE,
  unimplemented: status.UNIMPLEMENTED,
};

const detailsKey = "grpc-status-details-bin";
const domain = "pavane";

/** A request that breaks the rules of its fields. */
export class BrokenRules extends Refused {
  constructor(readonly violations: readonly FieldViolation[]) {
    const texts = violations.map(({ field, description }) => (field === "" ? description : `${field}: ${description}`));
    super("invalid", "INVALID_REQUEST", texts.join("; "));
  }
}

/** The refusal of a call because something it needs cannot be reached now; the caller may try again. */
export function unavailable(cause: unknown, what = "the service cannot answer now"): Refused {
  const refused = new Refused("unavailable", "UNAVAILABLE", what);
  refused.cause = cause;
  return refused;
}

/** What goes over the wire for whatever a handler threw; of anything but a refusal, nothing leaks. */
export function toStatus(thrown: unknown): StatusObject {
  if (!(thrown instanceof Refused))
    return { code: status.INTERNAL, details: "INTERNAL: internal error", metadata: new Metadata() };
  const code = statusOf[thrown.reason];
  const message = `${thrown.code}: ${thrown.message}`;
  const metadata = new Metadata();
  const details = [any("google.rpc.ErrorInfo", ErrorInfo, { reason: thrown.code, domain, metadata: thrown.details })];
  if (thrown instanceof BrokenRules) details.push(any("google.rpc.BadRequest", BadRequest, badRequest(thrown)));
  metadata.set(detailsKey, Buffer.from(bytesOf(Status, { code, message, details })));
  return { code, details: message, metadata };
}

function badRequest({ violations }: BrokenRules): BadRequest {
  const fieldViolations = violations.map(({ field, description, rule }) => ({ field, description, reason: rule }));
  return BadRequest.create({ fieldViolations });
}

function any<Message>(name: string, type: MessageType<Message>, message: Message): { typeUrl: string; value: Buffer } {
  return { typeUrl: `type.googleapis.com/${name}`, value: Buffer.from(bytesOf(type, message)) };
}

/** A call that was not answered as hoped. */
export class RpcError extends Error {
  override readonly name = "RpcError";

  constructor(
    /** The gRPC status, for example FAILED_PRECONDITION. */
    readonly code: StatusName,
    /** The stable code of the refusal, for example ORDER_COMPLETED; empty when the server gave none. */
    readonly reason: string,
    message: string,
    /** The fields that break rules, for INVALID_ARGUMENT. */
    readonly violations: readonly FieldViolation[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The error of a call as grpc-js reports it, with the details it carries. */
export function toRpcError(error: ServiceError): RpcError {
  const name = status[error.code] as StatusName | undefined;
  const { reason, violations } = readDetails(error.metadata);
  return new RpcError(name ?? "UNKNOWN", reason, error.details, violations, { cause: error });
}

function readDetails(metadata: Metadata | undefined): { reason: string; violations: readonly FieldViolation[] } {
  let reason = "";
  let violations: readonly FieldViolation[] = [];
  const bytes = metadata?.get(detailsKey)[0];
  for (const { typeUrl, value } of bytes instanceof Buffer ? Status.decode(bytes).details : []) {
    if (typeUrl.endsWith("/google.rpc.ErrorInfo")) reason = ErrorInfo.decode(value).reason;
    if (typeUrl.endsWith("/google.rpc.BadRequest"))
      violations = BadRequest.decode(value).fieldViolations.map(toViolation);
  }
  return { reason, violations };
}

function toViolation({ field, description, reason }: BadRequest["fieldViolations"][number]): FieldViolation {
  return { field, description, rule: reason };
}
