// A payment provider to try things with.
export { openSandbox } from "./sandbox.js";
export type { Sandbox, SandboxOptions } from "./sandbox.js";
