// Dead letters of all services, through the OperationsService of each.
import {
  type DeadLetter,
  DeadLetterState,
  type ListDeadLettersRequest,
  OperationsServiceDefinition,
} from "@pavane/contracts/operations";
import { type Client, client, RpcError } from "@pavane/rpc";
import { addressOf } from "../services.js";
import type { StackState } from "../state.js";
import { Trouble } from "../trouble.js";

/** A dead letter with the service whose it is. */
export interface Letter {
  readonly service: string;
  /** `service/id`: how the command names it. */
  readonly ref: string;
  readonly letter: DeadLetter;
}

/** Which letters to list. */
export interface Filter {
  readonly state: DeadLetterState;
  readonly fact: string;
  readonly orderId: string;
  /** At most so many, the newest. */
  readonly limit: number;
}

/** What was found, and the services that did not answer. */
export interface Found {
  readonly letters: readonly Letter[];
  readonly silent: readonly { readonly service: string; readonly why: string }[];
}

type Operations = Client<typeof OperationsServiceDefinition>;

/** The OperationsService of each of the given services. */
export interface Office {
  readonly services: readonly string[];
  list(filter: Filter): Promise<Found>;
  /** Throws Trouble when no service, or more than one, has it. */
  find(ref: string): Promise<Letter>;
  retry(found: Letter): Promise<Letter>;
  skip(found: Letter, reason: string): Promise<Letter>;
  close(): void;
}

/** Opens the office over one service, or over all that speak gRPC. Throws Trouble when there is no such service. */
export function openOffice(state: StackState, only: string | undefined, actor: string): Office {
  const speaking = Object.keys(state.services).filter((name) => state.services[name]?.replicas[0]?.http === undefined);
  const services = only === undefined ? speaking : [only];
  if (only !== undefined && !speaking.includes(only)) {
    throw new Trouble(`There is no service "${only}". There are: ${speaking.join(", ")}.`);
  }
  const clients = new Map(
    services.map((name) => [name, client(OperationsServiceDefinition, addressOf(state, name), { actor })]),
  );
  const of = (service: string): Operations => {
    const found = clients.get(service);
    if (found === undefined) throw new Trouble(`${service} was not asked for.`);
    return found;
  };
  return {
    services,
    list: (filter) => listAll(clients, filter),
    find: (ref) => find(clients, ref),
    retry: async ({ service, letter: { deadLetterId } }) => {
      return letterOf(service, (await of(service).retryDeadLetter({ deadLetterId })).deadLetter);
    },
    skip: async ({ service, letter: { deadLetterId } }, reason) => {
      return letterOf(service, (await of(service).skipDeadLetter({ deadLetterId, reason })).deadLetter);
    },
    close: () => {
      for (const one of clients.values()) one.close();
    },
  };
}

function letterOf(service: string, letter: DeadLetter): Letter {
  return { service, ref: `${service}/${letter.deadLetterId}`, letter };
}

async function listAll(clients: ReadonlyMap<string, Operations>, filter: Filter): Promise<Found> {
  const silent: { service: string; why: string }[] = [];
  const pages = await Promise.all(
    [...clients].map(async ([service, operations]) => {
      try {
        return (await listOne(operations, filter)).map((letter) => letterOf(service, letter));
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        silent.push({ service, why: error.message });
        return [];
      }
    }),
  );
  const newest = (a: Letter, b: Letter): number => b.letter.createTime.getTime() - a.letter.createTime.getTime();
  return { letters: pages.flat().sort(newest).slice(0, filter.limit), silent };
}

async function listOne(operations: Operations, { state, fact, orderId, limit }: Filter): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for (let pageToken = ""; ; ) {
    const pageSize = Math.min(limit - found.length, 500);
    const request: ListDeadLettersRequest = { state, fact, orderId, pageSize, pageToken };
    const page = await operations.listDeadLetters(request);
    found.push(...page.deadLetters);
    pageToken = page.nextPageToken;
    if (pageToken === "" || found.length >= limit) return found;
  }
}

async function find(clients: ReadonlyMap<string, Operations>, ref: string): Promise<Letter> {
  const slash = ref.indexOf("/");
  const named = clients.get(ref.slice(0, Math.max(slash, 0)));
  const asked = named === undefined ? [...clients] : [[ref.slice(0, slash), named] as const];
  const deadLetterId = named === undefined ? ref : ref.slice(slash + 1);
  const found = await Promise.all(
    asked.map(async ([service, operations]) => {
      try {
        return [letterOf(service, (await operations.getDeadLetter({ deadLetterId })).deadLetter)];
      } catch (error) {
        if (error instanceof RpcError && error.code === "NOT_FOUND") return [];
        throw error;
      }
    }),
  );
  const [first, ...more] = found.flat();
  if (first === undefined) throw new Trouble(`No service has a dead letter ${ref}. See: npm run dead -- list`);
  if (more.length === 0) return first;
  throw new Trouble(`Several services have it. Say which: ${[first, ...more].map((one) => one.ref).join(" or ")}`);
}
