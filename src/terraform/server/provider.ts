/**
 * The seam between the protocol and what a provider does. A provider is data and functions:
 *
 *     export const provider: Provider = {
 *       schema: { provider: {...}, resources: { keywright_x: {...} }, dataSources: {}, ephemeralResources: {}, functions: {} },
 *       methods: {
 *         ConfigureProvider: async ({ config }, call) => ({ diagnostics: [] }),
 *         PlanResourceChange: async ({ typeName, priorState, proposedNewState, config }) => ({ plannedState, plannedPrivate }),
 *       },
 *     }
 *
 * Requests and responses are the messages of `wire/messages.ts` by the same field names, with these stand-ins:
 *
 * | message | here |
 * |---|---|
 * | DynamicValue | `Value` (values/value.ts), read and written by the type of the schema it belongs to; a whole state or configuration is a map or null |
 * | Diagnostic | `Diagnostic`: `{ severity, summary, detail, path? }` |
 * | AttributePath | `Path`: `['rotation', 'grace']`, `['deliver_to', 0, 'path']` |
 * | Timestamp | `Date` |
 *
 * Every field of a request is there: absent values are undefined, other scalars have proto3's zero. In a response, what is absent is
 * left out; a `Value` left out is null.
 *
 * The server answers GetMetadata, GetProviderSchema, GetFunctions and StopProvider by itself, and UpgradeResourceState as long as the state
 * has the schema's own version: it is called for every resource on every plan. A method that is missing here is UNIMPLEMENTED. An
 * exception that leaves a method is an error of the program, shown as such: what a person can mend is a diagnostic.
 *
 * terraform calls methods of many resources at once, and starts the provider three to six times per command: nothing may rely on memory
 * between validate, plan and apply but state and private bytes. One process may be configured several times (aliases under reattach).
 */
import type { Value } from '../values/value.ts'
import type { MessageName } from '../wire/messages.ts'
import type { Received, Sent } from '../wire/shape.ts'
import type { Diagnostic, Path } from './diagnostic.ts'
import type { ProviderSchema } from './schema.ts'

export interface Provider {
  readonly schema: ProviderSchema
  readonly methods: Methods
}

export type MethodName =
  | 'ValidateProviderConfig'
  | 'ConfigureProvider'
  | 'ValidateResourceConfig'
  | 'UpgradeResourceState'
  | 'ReadResource'
  | 'PlanResourceChange'
  | 'ApplyResourceChange'
  | 'ImportResourceState'
  | 'MoveResourceState'
  | 'ValidateDataResourceConfig'
  | 'ReadDataSource'
  | 'ValidateEphemeralResourceConfig'
  | 'OpenEphemeralResource'
  | 'RenewEphemeralResource'
  | 'CloseEphemeralResource'
  | 'CallFunction'

export type Methods = { readonly [M in MethodName]?: Method<M> }

export type Method<M extends MethodName> = (request: Request<M>, call: Call) => Promise<Response<M>>

export type Stands = {
  readonly DynamicValue: Value
  readonly Diagnostic: Diagnostic
  readonly AttributePath: Path
  readonly Timestamp: Date
}

export type Request<M extends MethodName> = Received<`${M}.Request` & MessageName, Stands>
export type Response<M extends MethodName> = Sent<`${M}.Response` & MessageName, Stands>

export interface Call {
  /** Aborted when terraform went away from this call, or its deadline passed: the answer will not be read. */
  readonly signal: AbortSignal
  /** Aborted when terraform asks to stop (Ctrl-C): finish the effect at hand, start no other, answer with the state as it is. */
  readonly stopping: AbortSignal
  readonly log: Log
}

/** To terraform's own log (TF_LOG). Never a secret, never a body of a request that issues one. */
export type Log = (
  level: Level,
  message: string,
  facts?: Readonly<Record<string, string | number | boolean | null>>,
) => void

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error'
