/**
 * The closed set of `${...}` words: `id`, `env`, `each.key`, `each.value.x`, `var.name`.
 *
 * A value that is one word and nothing else takes the value with its type (`limit: ${var.limit}` is a number); inside a longer
 * text it becomes text. Environment variables and secrets are no words, so a manifest can never pull one into a name or a path.
 */

import type { Variable } from '../config/config.ts'
import { didYouMean } from '../suggest.ts'
import { shown } from './looks-secret.ts'
import { isMapping, isSequence, type Mapping } from './source.ts'

export interface Words {
  readonly id: string
  readonly env: string | null
  readonly each: { readonly key: string; readonly value: Mapping } | null
  readonly vars: ReadonlyMap<string, Variable>
}

export type Filled = { readonly value: unknown } | { readonly wrong: string; readonly hint: string }

const WORD = /\$\{([^{}]*)\}/g
const ONLY = /^\$\{([^{}]*)\}$/

export function hasWords(text: string): boolean {
  return text.includes('${')
}

/** A scalar with its words replaced; anything but a text is returned as it is. */
export function fill(value: unknown, words: Words): Filled {
  if (typeof value !== 'string' || !hasWords(value)) return { value }
  const only = ONLY.exec(value)
  if (only) return lookUp(only[1] ?? '', words)
  let failure: Filled | null = null
  const text = value.replace(WORD, (_, name: string) => {
    const found = lookUp(name, words)
    if ('wrong' in found) failure ??= found
    return 'wrong' in found ? '' : String(found.value)
  })
  if (failure !== null) return failure
  return text.includes('${') ? unfinished() : { value: text }
}

function unfinished(): Filled {
  return { wrong: 'A "${" has no "}" behind it.', hint: 'write ${each.key}, or another word of the closed set' }
}

function lookUp(name: string, words: Words): Filled {
  if (name === 'id') return { value: words.id }
  if (name === 'env') return words.env === null ? noEnvironment() : { value: words.env }
  if (name.startsWith('var.')) return variable(name.slice(4), words)
  if (name === 'each.key' || name.startsWith('each.value.')) return ofRow(name, words)
  return unknown(name)
}

function noEnvironment(): Filled {
  return { wrong: '${env} has no value: keywright.yaml declares no environments.', hint: 'remove ${env}' }
}

function variable(name: string, { vars }: Words): Filled {
  const value = vars.get(name)
  if (value !== undefined) return { value }
  const wrong = `No variable is called ${shown(name)}.${didYouMean(name, vars.keys())}`
  return { wrong, hint: 'vars: { NAME: VALUE }   in keywright.yaml' }
}

function ofRow(name: string, { each }: Words): Filled {
  if (each === null)
    return { wrong: `\${${name}} has a value only in an entry with forEach.`, hint: 'forEach: [alice, bob]' }
  if (name === 'each.key') return { value: each.key }
  const field = name.slice('each.value.'.length)
  const value = Object.hasOwn(each.value, field) ? each.value[field] : undefined
  if (value !== undefined && value !== null && !isMapping(value) && !isSequence(value)) return { value }
  const wrong = `The row ${shown(each.key)} has no single value ${shown(field)}.${didYouMean(field, Object.keys(each.value))}`
  return { wrong, hint: 'forEach: { alice: { x: VALUE } }' }
}

const EXAMPLES = ['id', 'env', 'each.key', 'each.value.x', 'var.x']

function unknown(name: string): Filled {
  const secret = name === 'secret' ? ' The secret stands only in the template of a place.' : ''
  const wrong = `${shown(`\${${name}}`)} is not a word keywright knows.${secret}${didYouMean(name, EXAMPLES)}`
  return { wrong, hint: 'use one of ${id} ${env} ${each.key} ${each.value.x} ${var.x}' }
}

/**
 * A template of a place keeps its own words (`${secret}` and facts of the live key); only words of the manifest are replaced.
 */
export function fillTemplate(template: unknown, words: Words): Filled {
  if (typeof template !== 'string') return { value: template }
  let failure: Filled | null = null
  const value = template.replace(WORD, (whole, name: string) => {
    if (!/^(?:each|var)\.|^env$/.test(name)) return whole
    const found = lookUp(name, words)
    if ('wrong' in found) failure ??= found
    return 'wrong' in found ? '' : String(found.value)
  })
  return failure ?? { value }
}

/** The fields of `each.value` a text asks for. */
export function rowFieldsIn(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    for (const [, name = ''] of value.matchAll(WORD)) if (name.startsWith('each.value.')) into.add(name.slice(11))
  } else if (isSequence(value)) for (const item of value) rowFieldsIn(item, into)
  else if (isMapping(value)) for (const name of Object.keys(value)) rowFieldsIn(value[name], into)
}
