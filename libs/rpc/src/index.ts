// gRPC servers and clients: rules, refusals as statuses, deadlines, health, reflection, spans.
export type { Answered, Log } from "./answer.js";
export type { Call } from "./call.js";
export { client } from "./client.js";
export type { CallOptions, Client, ClientOptions } from "./client.js";
export { service } from "./description.js";
export type { Handlers, MethodDescription, Served, ServiceDescription } from "./description.js";
export { serveGrpc } from "./server.js";
export type { RunningServer, ServeOptions } from "./server.js";
export { RpcError, unavailable } from "./status.js";
export type { StatusName } from "./status.js";
