/**
 * The messages of Terraform's plugin protocol 6.8 that a provider needs, as a table: field -> `number [repeated|map|optional] kind`.
 * Types (`shape.ts`) and the codec (`codec.ts`) are both made from it. A kind is a scalar, an enum or another message.
 *
 * Field numbers verified against terraform 1.11.4 (2026-11-28). Minor versions are not negotiated: fields that are not here are
 * skipped, and methods that are not here are answered with UNIMPLEMENTED, as newer terraforms expect.
 */

export const ENUMS = {
  Severity: ['invalid', 'error', 'warning'],
  StringKind: ['plain', 'markdown'],
  Nesting: ['invalid', 'single', 'list', 'set', 'map'],
  DeferredReason: ['unknown', 'resourceConfigUnknown', 'providerConfigUnknown', 'absentPrerequisite'],
  StdioChannel: ['invalid', 'stdout', 'stderr'],
  ServingStatus: ['unknown', 'serving', 'notServing'],
} as const

const DIAGNOSTICS_ONLY = { diagnostics: '1 repeated Diagnostic' } as const
const TYPE_NAME = { typeName: '1 string' } as const

export const MESSAGES = {
  Empty: {},
  Timestamp: { seconds: '1 int64', nanos: '2 int64' },

  DynamicValue: { msgpack: '1 bytes', json: '2 bytes' },
  RawState: { json: '1 bytes', flatmap: '2 map string' },
  Diagnostic: { severity: '1 Severity', summary: '2 string', detail: '3 string', attribute: '4 AttributePath' },
  AttributePath: { steps: '1 repeated Step' },
  Step: {
    attributeName: '1 optional string',
    elementKeyString: '2 optional string',
    elementKeyInt: '3 optional int64',
  },
  FunctionError: { text: '1 string', functionArgument: '2 optional int64' },

  Schema: { version: '1 int64', block: '2 Block' },
  Block: {
    version: '1 int64',
    attributes: '2 repeated Attribute',
    description: '4 string',
    descriptionKind: '5 StringKind',
    deprecated: '6 bool',
  },
  Attribute: {
    name: '1 string',
    type: '2 bytes',
    nestedType: '10 NestedObject',
    description: '3 string',
    required: '4 bool',
    optional: '5 bool',
    computed: '6 bool',
    sensitive: '7 bool',
    descriptionKind: '8 StringKind',
    deprecated: '9 bool',
    writeOnly: '11 bool',
  },
  NestedObject: { attributes: '1 repeated Attribute', nesting: '3 Nesting' },
  Function: {
    parameters: '1 repeated Parameter',
    variadicParameter: '2 Parameter',
    return: '3 Return',
    summary: '4 string',
    description: '5 string',
    descriptionKind: '6 StringKind',
    deprecationMessage: '7 string',
  },
  Parameter: {
    name: '1 string',
    type: '2 bytes',
    allowNullValue: '3 bool',
    allowUnknownValues: '4 bool',
    description: '5 string',
    descriptionKind: '6 StringKind',
  },
  Return: { type: '1 bytes' },
  ServerCapabilities: {
    planDestroy: '1 bool',
    getProviderSchemaOptional: '2 bool',
    moveResourceState: '3 bool',
  },
  ClientCapabilities: { deferralAllowed: '1 bool', writeOnlyAttributesAllowed: '2 bool' },
  Deferred: { reason: '1 DeferredReason' },
  TypeName: TYPE_NAME,
  FunctionName: { name: '1 string' },

  'GetMetadata.Response': {
    serverCapabilities: '1 ServerCapabilities',
    diagnostics: '2 repeated Diagnostic',
    dataSources: '3 repeated TypeName',
    resources: '4 repeated TypeName',
    functions: '5 repeated FunctionName',
    ephemeralResources: '6 repeated TypeName',
  },
  'GetProviderSchema.Response': {
    provider: '1 Schema',
    resourceSchemas: '2 map Schema',
    dataSourceSchemas: '3 map Schema',
    functions: '7 map Function',
    ephemeralResourceSchemas: '8 map Schema',
    diagnostics: '4 repeated Diagnostic',
    providerMeta: '5 Schema',
    serverCapabilities: '6 ServerCapabilities',
  },
  'GetFunctions.Response': { functions: '1 map Function', diagnostics: '2 repeated Diagnostic' },
  'StopProvider.Response': { error: '1 string' },

  'ValidateProviderConfig.Request': { config: '1 DynamicValue' },
  'ValidateProviderConfig.Response': { diagnostics: '2 repeated Diagnostic' },
  'ConfigureProvider.Request': {
    terraformVersion: '1 string',
    config: '2 DynamicValue',
    clientCapabilities: '3 ClientCapabilities',
  },
  'ConfigureProvider.Response': DIAGNOSTICS_ONLY,

  'ValidateResourceConfig.Request': {
    ...TYPE_NAME,
    config: '2 DynamicValue',
    clientCapabilities: '3 ClientCapabilities',
  },
  'ValidateResourceConfig.Response': DIAGNOSTICS_ONLY,
  'UpgradeResourceState.Request': { ...TYPE_NAME, version: '2 int64', rawState: '3 RawState' },
  'UpgradeResourceState.Response': { upgradedState: '1 DynamicValue', diagnostics: '2 repeated Diagnostic' },
  'ReadResource.Request': {
    ...TYPE_NAME,
    currentState: '2 DynamicValue',
    private: '3 bytes',
    clientCapabilities: '5 ClientCapabilities',
  },
  'ReadResource.Response': {
    newState: '1 DynamicValue',
    diagnostics: '2 repeated Diagnostic',
    private: '3 bytes',
    deferred: '4 Deferred',
  },
  'PlanResourceChange.Request': {
    ...TYPE_NAME,
    priorState: '2 DynamicValue',
    proposedNewState: '3 DynamicValue',
    config: '4 DynamicValue',
    priorPrivate: '5 bytes',
    clientCapabilities: '7 ClientCapabilities',
  },
  'PlanResourceChange.Response': {
    plannedState: '1 DynamicValue',
    requiresReplace: '2 repeated AttributePath',
    plannedPrivate: '3 bytes',
    diagnostics: '4 repeated Diagnostic',
    deferred: '6 Deferred',
  },
  'ApplyResourceChange.Request': {
    ...TYPE_NAME,
    priorState: '2 DynamicValue',
    plannedState: '3 DynamicValue',
    config: '4 DynamicValue',
    plannedPrivate: '5 bytes',
  },
  'ApplyResourceChange.Response': {
    newState: '1 DynamicValue',
    private: '2 bytes',
    diagnostics: '3 repeated Diagnostic',
  },
  'ImportResourceState.Request': { ...TYPE_NAME, id: '2 string', clientCapabilities: '3 ClientCapabilities' },
  ImportedResource: { ...TYPE_NAME, state: '2 DynamicValue', private: '3 bytes' },
  'ImportResourceState.Response': {
    importedResources: '1 repeated ImportedResource',
    diagnostics: '2 repeated Diagnostic',
    deferred: '3 Deferred',
  },
  'MoveResourceState.Request': {
    sourceProviderAddress: '1 string',
    sourceTypeName: '2 string',
    sourceSchemaVersion: '3 int64',
    sourceState: '4 RawState',
    targetTypeName: '5 string',
    sourcePrivate: '6 bytes',
  },
  'MoveResourceState.Response': {
    targetState: '1 DynamicValue',
    diagnostics: '2 repeated Diagnostic',
    targetPrivate: '3 bytes',
  },

  'ValidateDataResourceConfig.Request': { ...TYPE_NAME, config: '2 DynamicValue' },
  'ValidateDataResourceConfig.Response': DIAGNOSTICS_ONLY,
  'ReadDataSource.Request': { ...TYPE_NAME, config: '2 DynamicValue', clientCapabilities: '4 ClientCapabilities' },
  'ReadDataSource.Response': {
    state: '1 DynamicValue',
    diagnostics: '2 repeated Diagnostic',
    deferred: '3 Deferred',
  },

  'ValidateEphemeralResourceConfig.Request': { ...TYPE_NAME, config: '2 DynamicValue' },
  'ValidateEphemeralResourceConfig.Response': DIAGNOSTICS_ONLY,
  'OpenEphemeralResource.Request': {
    ...TYPE_NAME,
    config: '2 DynamicValue',
    clientCapabilities: '3 ClientCapabilities',
  },
  'OpenEphemeralResource.Response': {
    ...DIAGNOSTICS_ONLY,
    renewAt: '2 Timestamp',
    result: '3 DynamicValue',
    private: '4 optional bytes',
    deferred: '5 Deferred',
  },
  'RenewEphemeralResource.Request': { ...TYPE_NAME, private: '2 optional bytes' },
  'RenewEphemeralResource.Response': { ...DIAGNOSTICS_ONLY, renewAt: '2 Timestamp', private: '3 optional bytes' },
  'CloseEphemeralResource.Request': { ...TYPE_NAME, private: '2 optional bytes' },
  'CloseEphemeralResource.Response': DIAGNOSTICS_ONLY,

  'CallFunction.Request': { name: '1 string', arguments: '2 repeated DynamicValue' },
  'CallFunction.Response': { result: '1 DynamicValue', error: '2 FunctionError' },

  'HealthCheck.Response': { status: '1 ServingStatus' },
} as const

export type EnumName = keyof typeof ENUMS
export type MessageName = keyof typeof MESSAGES
