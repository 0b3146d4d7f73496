// NATS JetStream: streams, the relay, subscriptions. The only importer of NATS.
export { type Bus, type BusOptions, connectBus } from "./connect.js";
export { type Observation, type Observed, type ObserveOptions, observe } from "./observe.js";
export { Publisher } from "./publish.js";
export { type Relay, type RelayOptions, type RelayStats, startRelay } from "./relay.js";
export {
  ensureStream,
  type FactNames,
  type StreamLimits,
  type StreamState,
  streamName,
  subjectName,
} from "./streams.js";
export { type Message, subscribe, type Subscription, type SubscriptionOptions } from "./subscription.js";
