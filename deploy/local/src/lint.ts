// npm run lint: every gate, without the tests.
import { passGates } from "./pass.js";

const { failed } = await passGates();
process.exitCode = failed === 0 ? 0 : 1;
