// Writes the map of the shop: a page for people, and an AsyncAPI document for tools.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { asyncApi, choreographyOf, page } from "@pavane/choreography/map";
import { catalogue, rulesOf } from "@pavane/contracts";
import { stringify } from "yaml";
import { drawing } from "@pavane/saga";
import { drawn } from "@pavane/service-saga";
import { shop } from "./shop.js";
import { without } from "./without.js";

const command = "npm run choreography";

const about = `A purchase goes from service to service, and nobody conducts: each service hears what the others announce, does its part in one
transaction of its own database, and announces that. What can be undone comes first, and the money is taken last: once it is, nothing
can refuse any more. If anything fails before, or the customer changes their mind, or the time is up, the order announces that it is
cancelling; everybody gives back what they hold and says so, and when all have answered the order is cancelled. The order alone
decides between the two. An order above a limit waits for a review before it is placed.`;

const said = `Every fact of a purchase platform: who announces it, who hears it, what it carries.

A fact's data is described in the JSON mapping of its protobuf message. Facts come first in the order of their aggregate's versions;
any of them may come again at any time. The namespace that subjects and streams begin with is configuration: here, the default.`;

const conducted = `A purchase that is placed with mode \`ORCHESTRATED\` goes the same way, by the same decisions of the same services, but the saga service
asks for each step, in place of the fact before it, and for each release, in place of \`order.cancelling\`. All else is as above: the
order hears the same answers, alone decides the end, and everybody confirms on \`order.completed\`. A step that is late only makes
the saga ask the order to cancel. A release that is not answered is asked for again, and in the end left to whoever was asked, while
the saga goes on with the rest.`;

/** docs/choreography.md. */
export function choreographyPage(): string {
  const map = choreographyOf(without(shop, "saga"));
  const title = "The same purchase, orchestrated";
  return [
    page(map, { title: "The choreography of a purchase", about, command }),
    drawing(catalogue, drawn, { title, about: conducted }),
  ].join("\n");
}

/** docs/asyncapi.yaml. */
export async function asyncApiDocument(root: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const document = asyncApi(choreographyOf(shop), rulesOf(await descriptors(root)), {
    title: "Pavane",
    version,
    description: said,
    namespace: "pavane",
    host: "localhost:4222",
  });
  const text = stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
  return `# Written by \`${command}\` from the services' tables of inputs and the protos; do not edit.\n${text}`;
}

/** The protos as they are now, with their comments: those that are compiled in have none. */
async function descriptors(root: string): Promise<Uint8Array> {
  const buf = join(root, "node_modules/.bin/buf");
  const limit = { maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(buf, ["build", "proto", "-o", "-"], {
    cwd: root,
    encoding: "buffer",
    ...limit,
  });
  return stdout;
}
