// Tables of inputs and the engine that runs them.
export { effect, vocabulary } from "./inputs.js";
export type { AnyDecision, AnyRule, Command, Done, Due, Effect, Guard, Outcome, Reaction } from "./inputs.js";
export { rules, service } from "./service.js";
export type { ServiceDefinition, ServiceOptions } from "./service.js";
export { append, many, one, see } from "./slots.js";
export type { AfterOf, NextOf, Slot, Slots, StateOf } from "./slots.js";
export type { Adapter } from "./effects.js";
export { startEngine } from "./engine.js";
export type { Caller, Engine, EngineLog, EngineOptions, EngineStats } from "./engine.js";
