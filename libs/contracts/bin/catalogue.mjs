#!/usr/bin/env node
// pavane-catalogue: after ts-proto, makes required fields required and writes the catalogue of the facts declared.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { catalogueSource, factsOf } from "./facts.mjs";
import { generatedFiles, makeRequired } from "./required.mjs";

const usage = `usage: pavane-catalogue --descriptors <file of buf build> --generated <directory of ts-proto's output>
  [--contracts <module that has codecOf, if it is not @pavane/contracts>]
  writes catalogue.ts into that directory, of the facts in its files; run it once after every run of ts-proto`;
const text = { type: "string" };

try {
  const { values } = parseArgs({ options: { descriptors: text, generated: text, contracts: text } });
  if (values.descriptors === undefined || values.generated === undefined) throw new Error(usage);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(values.descriptors)));
  const files = generatedFiles(registry, values.generated);
  const facts = factsOf(registry, files);
  makeRequired(files, values.generated);
  writeFileSync(
    resolve(values.generated, "catalogue.ts"),
    catalogueSource(facts, values.contracts ?? "@pavane/contracts"),
  );
  console.log(`${facts.length} facts in ${files.length} files`);
} catch (error) {
  console.error(`pavane-catalogue: ${error.message}`);
  process.exitCode = 1;
}
