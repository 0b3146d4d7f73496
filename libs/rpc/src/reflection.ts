// Server reflection, v1 and v1alpha, over the descriptor set: grpcurl and buf curl need no proto files.
import {
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { type DescFile, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

interface Service {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** The reflection services; `services` are the full names they list. */
export function reflection(services: readonly string[], registry: FileRegistry): readonly Service[] {
  const same = (bytes: Buffer): Buffer => bytes;
  const implementation = {
    info: (call: ServerDuplexStream<Buffer, Buffer>): void => {
      call.on("data", (request: Buffer) => call.write(respond(request, services, registry)));
      call.on("end", () => call.end());
      call.on("error", () => call.end());
    },
  };
  return ["v1", "v1alpha"].map((version) => ({
    definition: {
      info: {
        path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        requestStream: true,
        responseStream: true,
        ...{ requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same },
      },
    },
    implementation,
  }));
}

/** The fields of ServerReflectionRequest: what is asked for by which number. */
const asked = { byFilename: 3, bySymbol: 4, byExtension: 5, extensionNumbers: 6, listServices: 7 };

function respond(request: Buffer, services: readonly string[], registry: FileRegistry): Buffer {
  const writer = new BinaryWriter();
  writer.uint32(18).bytes(request);
  try {
    const { field, bytes } = question(new BinaryReader(request));
    if (field === asked.listServices) writeServices(writer, services);
    else if (field === asked.extensionNumbers) writeExtensions(writer, bytes.toString(), registry);
    else writeFiles(writer, fileFor(field, bytes, registry));
  } catch (error) {
    writeError(writer, status.INVALID_ARGUMENT, `not a reflection request: ${String(error)}`);
  }
  return Buffer.from(writer.finish());
}

function question(reader: BinaryReader): { field: number; bytes: Buffer } {
  let found = { field: 0, bytes: Buffer.alloc(0) };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field >= 3 && field <= 7) found = { field, bytes: Buffer.from(reader.bytes()) };
    else reader.skip(type, field);
  }
  return found;
}

function fileFor(field: number, bytes: Buffer, registry: FileRegistry): DescFile | undefined {
  if (field === asked.byFilename) return registry.getFile(bytes.toString());
  if (field === asked.bySymbol) return fileOfSymbol(bytes.toString(), registry);
  if (field !== asked.byExtension) return undefined;
  const reader = new BinaryReader(bytes);
  let [type, number] = ["", 0];
  while (reader.pos < reader.len) {
    const [at, wireType] = reader.tag();
    if (at === 1) type = reader.string();
    else if (at === 2) number = reader.int32();
    else reader.skip(wireType, at);
  }
  const message = registry.getMessage(type);
  return message === undefined ? undefined : registry.getExtensionFor(message, number)?.file;
}

/** A symbol may also be a method, a field or an enum value: then the file is that of what contains it. */
function fileOfSymbol(symbol: string, registry: FileRegistry): DescFile | undefined {
  const parent = symbol.slice(0, Math.max(0, symbol.lastIndexOf(".")));
  return (registry.get(symbol) ?? registry.get(parent))?.file;
}

function writeFiles(writer: BinaryWriter, file: DescFile | undefined): void {
  if (file === undefined) {
    writeError(writer, status.NOT_FOUND, "nothing of that name is served here");
    return;
  }
  writer.uint32(34).fork();
  for (const each of withDependencies(file)) writer.uint32(10).bytes(toBinary(FileDescriptorProtoSchema, each.proto));
  writer.join();
}

function withDependencies(file: DescFile, seen = new Set<DescFile>()): Set<DescFile> {
  seen.add(file);
  for (const dependency of file.dependencies) if (!seen.has(dependency)) withDependencies(dependency, seen);
  return seen;
}

function writeServices(writer: BinaryWriter, services: readonly string[]): void {
  writer.uint32(50).fork();
  for (const name of services) writer.uint32(10).fork().uint32(10).string(name).join();
  writer.join();
}

function writeExtensions(writer: BinaryWriter, type: string, registry: FileRegistry): void {
  writer.uint32(42).fork().uint32(10).string(type);
  for (const found of registry) {
    if (found.kind === "extension" && found.extendee.typeName === type) writer.uint32(16).int32(found.number);
  }
  writer.join();
}

function writeError(writer: BinaryWriter, code: number, message: string): void {
  writer.uint32(58).fork().uint32(8).int32(code).uint32(18).string(message).join();
}
