// Which processes a stack has, and the ports on which each listens for as long as the stack runs.
import { freePorts } from "./port.js";
import type { Ports } from "./replica.js";

/** A place for a process: its service, its number among the service's processes, its ports. */
export interface Seat {
  readonly service: string;
  readonly index: number;
  readonly ports: Ports;
}

/** The first of the ports that people know; the others follow in the order of the services. */
const first = { grpc: 7101, admin: 7201, http: 7301 };
/** Services with an HTTP face beside the admin one. */
const speaksHttp = new Set(["sandbox", "gateway"]);

/** Seats for so many processes of each service, on known ports where asked for and free. */
export async function assignSeats(
  services: readonly string[],
  count: (service: string) => number,
  knownPorts: boolean,
): Promise<Seat[]> {
  const places = services.flatMap((service, place) => {
    return Array.from({ length: count(service) }, (_, index) => ({ service, index, place }));
  });
  const wanted = places.flatMap(({ index, place }) => {
    return knownPorts && index === 0 ? [first.grpc + place, first.admin + place, first.http + place] : [0, 0, 0];
  });
  const ports = await freePorts(wanted);
  return places.map(({ service, index }, seat) => {
    const [grpc = 0, admin = 0, http = 0] = ports.slice(3 * seat, 3 * seat + 3);
    return { service, index, ports: { grpc, admin, http: speaksHttp.has(service) ? http : undefined } };
  });
}

/** How services find each other: ORDER_ADDRESS=host:port for gRPC, SANDBOX_URL for HTTP; the first process of each. */
export function peers(seats: readonly Seat[]): Record<string, string> {
  const firsts = seats.filter(({ index }) => index === 0);
  return Object.fromEntries(
    firsts.flatMap(({ service, ports: { grpc, http } }) => [
      [`${service.toUpperCase()}_ADDRESS`, `127.0.0.1:${grpc}`],
      ...(http === undefined ? [] : [[`${service.toUpperCase()}_URL`, `http://127.0.0.1:${http}`]]),
    ]),
  );
}
