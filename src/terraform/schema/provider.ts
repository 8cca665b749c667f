/** The provider block, made from the tables of key APIs and sinks. */
import { type ConfigOption, PROVIDER_KINDS } from '../../core/config/kinds.ts'
import { snake } from '../names.ts'
import type { AttributeSchema, ObjectSchema } from '../server/schema.ts'
import { optional } from './rows.ts'
import { sinksAttribute } from './sinks.ts'

/** Key APIs of Terraform, and the variables that stand in for what the block leaves out. */
export const TERRAFORM_KINDS = {
  openrouter: { token: 'OPENROUTER_MANAGEMENT_KEY', baseUrl: 'OPENROUTER_BASE_URL' },
  strait: { token: 'STRAIT_API_KEY', baseUrl: 'STRAIT_BASE_URL', project: 'STRAIT_PROJECT' },
} as const satisfies Record<string, Readonly<Record<string, string>>>

export type TerraformKind = keyof typeof TERRAFORM_KINDS
export const STACK_VARIABLE = 'KEYWRIGHT_STACK'

export function providerSchema(): ObjectSchema {
  return {
    version: 0,
    description:
      'Declares API keys of OpenRouter and Strait. Secrets go to sinks during apply, never into plan or state.',
    attributes: [
      optional('stack', 'string', `Name of the stack, part of every live name. Without it ${STACK_VARIABLE}.`),
      ...(['openrouter', 'strait'] as const).map(apiAttribute),
      sinksAttribute(),
    ],
  }
}

function apiAttribute(kind: TerraformKind): AttributeSchema {
  const { doc, options } = PROVIDER_KINDS[kind]
  const attributes = options.map((option) => optionAttribute(kind, option))
  return optional(kind, { nesting: 'single', attributes }, doc)
}

function optionAttribute(kind: TerraformKind, { option, type, doc }: ConfigOption): AttributeSchema {
  const variables: Readonly<Record<string, string>> = TERRAFORM_KINDS[kind]
  const variable = variables[option]
  const otherwise = variable === undefined ? '' : ` Without it the variable ${variable}.`
  const name = snake(option)
  if (type === 'tokens') {
    const warning = `The managing key. It lands in plan files when it is written here: leave it out and set ${variable}.`
    return { ...optional(name, 'string', warning), sensitive: true }
  }
  return optional(name, type === 'count' ? 'number' : 'string', `${doc}${otherwise}`)
}
