// Free ports on the loopback interface.
import { createServer, type Server } from "node:net";

/** Ports that were free a moment ago: the preferred ones where they are, others where they are not. All differ. */
export async function freePorts(preferred: readonly number[]): Promise<number[]> {
  const held: Server[] = [];
  try {
    for (const port of preferred) held.push(await hold(port));
    return held.map(portOf);
  } finally {
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  }
}

/** One free port: the preferred one if it is free. 0 asks for any. */
export async function freePort(preferred = 0): Promise<number> {
  const [port] = await freePorts([preferred]);
  if (port === undefined) throw new Error("no free port on 127.0.0.1");
  return port;
}

async function hold(port: number): Promise<Server> {
  // A service listens on all interfaces, so a port that is taken on any of them is no use.
  try {
    return await listen(port);
  } catch (error) {
    if (port === 0) throw error;
    return await listen(0);
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(port, () => done(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a listening socket without a port");
  return address.port;
}
