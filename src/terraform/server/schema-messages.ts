/** The provider's schema as messages. */
import { mapped, typeToJson } from '../values/types.ts'
import type { Sent } from '../wire/shape.ts'
import type { Diagnostic } from './diagnostic.ts'
import {
  type AttributeSchema,
  type FunctionSchema,
  isNested,
  type ObjectSchema,
  type ParameterSchema,
  type ProviderSchema,
} from './schema.ts'

type Stands = { readonly Diagnostic: Diagnostic }

const CAPABILITIES = { planDestroy: true, getProviderSchemaOptional: true, moveResourceState: true }
const MARKDOWN = 'markdown'

export function schemaMessage(schema: ProviderSchema): Sent<'GetProviderSchema.Response', Stands> {
  return {
    provider: objectMessage(schema.provider),
    resourceSchemas: mapped(schema.resources, objectMessage),
    dataSourceSchemas: mapped(schema.dataSources, objectMessage),
    ephemeralResourceSchemas: mapped(schema.ephemeralResources, objectMessage),
    functions: mapped(schema.functions, functionMessage),
    serverCapabilities: CAPABILITIES,
  }
}

export function metadataMessage(schema: ProviderSchema): Sent<'GetMetadata.Response', Stands> {
  const named = (rows: Readonly<Record<string, unknown>>) => Object.keys(rows).map((typeName) => ({ typeName }))
  return {
    serverCapabilities: CAPABILITIES,
    resources: named(schema.resources),
    dataSources: named(schema.dataSources),
    ephemeralResources: named(schema.ephemeralResources),
    functions: Object.keys(schema.functions).map((name) => ({ name })),
  }
}

export function functionsMessage(schema: ProviderSchema): Sent<'GetFunctions.Response', Stands> {
  return { functions: mapped(schema.functions, functionMessage) }
}

function objectMessage({ version, description, attributes, deprecated }: ObjectSchema): Sent<'Schema', Stands> {
  const block = { description, descriptionKind: MARKDOWN, attributes: attributes.map(attributeMessage) } as const
  return { version, block: { version, ...block, deprecated: deprecated === true } }
}

function attributeMessage(row: AttributeSchema): Sent<'Attribute', Stands> {
  const { name, type, description, mode } = row
  return {
    name,
    ...(isNested(type)
      ? { nestedType: { nesting: type.nesting, attributes: type.attributes.map(attributeMessage) } }
      : { type: typeBytes(type) }),
    description,
    descriptionKind: MARKDOWN,
    required: mode === 'required',
    optional: mode === 'optional' || mode === 'optional+computed',
    computed: mode === 'computed' || mode === 'optional+computed',
    sensitive: row.sensitive === true,
    writeOnly: row.writeOnly === true,
    deprecated: row.deprecated === true,
  }
}

function functionMessage({
  summary,
  description,
  parameters,
  variadic,
  returns,
}: FunctionSchema): Sent<'Function', Stands> {
  return {
    summary,
    description,
    descriptionKind: MARKDOWN,
    parameters: parameters.map(parameterMessage),
    ...(variadic && { variadicParameter: parameterMessage(variadic) }),
    return: { type: typeBytes(returns) },
  }
}

function parameterMessage({
  name,
  type,
  description,
  allowsNull,
  allowsUnknown,
}: ParameterSchema): Sent<'Parameter', Stands> {
  return {
    name,
    type: typeBytes(type),
    description,
    descriptionKind: MARKDOWN,
    allowNullValue: allowsNull === true,
    allowUnknownValues: allowsUnknown === true,
  }
}

function typeBytes(type: Parameters<typeof typeToJson>[0]): Buffer {
  return Buffer.from(JSON.stringify(typeToJson(type)), 'utf8')
}
