/** The provider's methods as methods of gRPC: bytes in, bytes out. */
import type { GrpcMethod, UnaryCall } from '../grpc/server.ts'
import { STATUS, StatusError } from '../grpc/status.ts'
import type { CtyType } from '../values/types.ts'
import { ValueError } from '../values/value-error.ts'
import { decode, encode } from '../wire/codec.ts'
import type { MessageName } from '../wire/messages.ts'
import { WireError } from '../wire/reader.ts'
import type { Received } from '../wire/shape.ts'
import type { Call, MethodName, Provider } from './provider.ts'
import { type FunctionSchema, type ObjectSchema, type ProviderSchema, typeOf } from './schema.ts'
import { functionsMessage, metadataMessage, schemaMessage } from './schema-messages.ts'
import { lifted, lowered, type TypeAt } from './values.ts'

type Fields = Record<string, unknown>
export type CallFacts = Pick<Call, 'stopping' | 'log'>

/** Whose schema the values of a method belong to. */
const OWNERS: Readonly<
  Record<MethodName, 'provider' | 'resources' | 'dataSources' | 'ephemeralResources' | 'functions'>
> = {
  ValidateProviderConfig: 'provider',
  ConfigureProvider: 'provider',
  ValidateResourceConfig: 'resources',
  UpgradeResourceState: 'resources',
  ReadResource: 'resources',
  PlanResourceChange: 'resources',
  ApplyResourceChange: 'resources',
  ImportResourceState: 'resources',
  MoveResourceState: 'resources',
  ValidateDataResourceConfig: 'dataSources',
  ReadDataSource: 'dataSources',
  ValidateEphemeralResourceConfig: 'ephemeralResources',
  OpenEphemeralResource: 'ephemeralResources',
  RenewEphemeralResource: 'ephemeralResources',
  CloseEphemeralResource: 'ephemeralResources',
  CallFunction: 'functions',
}

export function providerMethods({ schema, methods }: Provider, facts: CallFacts): ReadonlyMap<string, GrpcMethod> {
  const rows: [string, GrpcMethod][] = [
    ['GetProviderSchema', fixed(() => encodeWith('GetProviderSchema.Response', schemaMessage(schema)))],
    ['GetMetadata', fixed(() => encodeWith('GetMetadata.Response', metadataMessage(schema)))],
    ['GetFunctions', fixed(() => encodeWith('GetFunctions.Response', functionsMessage(schema)))],
  ]
  for (const name of Object.keys(OWNERS) as MethodName[]) {
    const run = methods[name] as Run | undefined
    if (run || name === 'UpgradeResourceState') rows.push([name, method({ name, schema, run, facts })])
  }
  return new Map(rows.map(([name, one]) => [`/tfplugin6.Provider/${name}`, one]))
}

type Run = (request: object, call: Call) => Promise<object>

function fixed(make: () => Buffer): GrpcMethod {
  let made: Buffer | undefined
  return { kind: 'unary', run: async () => (made ??= make()) }
}

function encodeWith(message: MessageName, fields: object): Buffer {
  return encode(message, lowered(message, fields, noType) as never)
}

const noType: TypeAt = () => {
  throw new ValueError('a schema holds no values')
}

interface MethodFacts {
  readonly name: MethodName
  readonly schema: ProviderSchema
  readonly run: Run | undefined
  readonly facts: CallFacts
}

function method({ name, schema, run, facts }: MethodFacts): GrpcMethod {
  const types = new Map<string, TypeAt>()
  const typesOf = (request: Fields): TypeAt => {
    const owner = ownerName(request)
    const found = types.get(owner) ?? typeAt(name, schema, owner)
    types.set(owner, found)
    return found
  }
  return {
    kind: 'unary',
    run: async (bytes, unary) => {
      const { request, typed } = received(name, bytes, typesOf)
      const unchanged = name === 'UpgradeResourceState' ? sameVersion(request, schema) : null
      if (unchanged) return unchanged
      if (!run) throw new StatusError(STATUS.unimplemented, `${name} is not offered`)
      const response = await run(request, callOf(unary, facts))
      return encode(`${name}.Response`, answered(name, response, { typed, schema }) as never)
    },
  }
}

/** The signal is made when it is asked for. */
function callOf(unary: UnaryCall, { stopping, log }: CallFacts): Call {
  return {
    get signal() {
      return unary.signal
    },
    stopping,
    log,
  }
}

/** Bytes that cannot be read are the client's error; a value that cannot be written is ours. */
function received(
  name: MethodName,
  bytes: Buffer,
  typesOf: (request: Fields) => TypeAt,
): { readonly request: Fields; readonly typed: TypeAt } {
  try {
    const wire = decode(`${name}.Request`, bytes)
    const typed = typesOf(wire)
    return { request: lifted(`${name}.Request`, wire, typed), typed }
  } catch (cause) {
    if (cause instanceof WireError || cause instanceof ValueError)
      throw new StatusError(STATUS.invalidArgument, `the request of ${name} cannot be read: ${cause.message}`, {
        cause,
      })
    throw cause
  }
}

function ownerName({ typeName, targetTypeName, name }: Fields): string {
  return String(typeName ?? targetTypeName ?? name ?? '')
}

function typeAt(method: MethodName, schema: ProviderSchema, owner: string): TypeAt {
  const kind = OWNERS[method]
  if (kind === 'provider') return always(typeOf(schema.provider))
  if (kind === 'functions') return functionTypes(known(schema.functions, owner))
  return always(typeOf(known<ObjectSchema>(schema[kind], owner)))
}

function known<S>(schemas: Readonly<Record<string, S>>, name: string): S {
  const found = Object.hasOwn(schemas, name) ? schemas[name] : undefined
  if (found === undefined) throw new ValueError(`there is no ${JSON.stringify(name.slice(0, 80))} in the schema`)
  return found
}

function always(type: CtyType): TypeAt {
  return () => type
}

function functionTypes({ parameters, variadic, returns }: FunctionSchema): TypeAt {
  return (field, n = 0) => {
    const type = field === 'result' ? returns : (parameters[n] ?? variadic)?.type
    if (type === undefined) throw new ValueError(`there is no parameter ${n + 1}`)
    return type
  }
}

function answered(
  name: MethodName,
  response: object,
  { typed, schema }: { readonly typed: TypeAt; readonly schema: ProviderSchema },
): Fields {
  const fields = lowered(`${name}.Response`, response, typed)
  if (name !== 'ImportResourceState') return fields
  const imported = (fields.importedResources ?? []) as readonly Fields[]
  return {
    ...fields,
    importedResources: imported.map((one) =>
      lowered('ImportedResource', one, typeAt(name, schema, String(one.typeName))),
    ),
  }
}

/** The state as it came, without a look inside. */
function sameVersion(request: Fields, { resources }: ProviderSchema): Buffer | null {
  const { typeName, version, rawState } = request as unknown as Received<'UpgradeResourceState.Request'>
  if (resources[typeName]?.version !== version || rawState === undefined || rawState.json.length === 0) return null
  return encode('UpgradeResourceState.Response', { upgradedState: { json: rawState.json } })
}
