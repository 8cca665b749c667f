/**
 * States of version 0, as the provider wrote them before its first release: the limit was a text (`"50"`, `"unlimited"`), places were texts
 * (`"dotenv:BOT"`), `rotate_when` stood at the top, and there was no private part. Nothing but the form changes.
 */

import { KeywrightError } from '../../core/diagnostic.ts'
import { keySchema } from '../schema/key.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Value, ValueMap } from '../values/value.ts'
import { resolveText } from './place-text.ts'

/** Throws `STATE_UNREADABLE` for a state that is none, `STATE_TOO_NEW` for a version that is not known here. */
export function upgraded(kind: TerraformKind, version: number, json: Uint8Array | undefined): ValueMap {
  if (version !== 0) throw tooNew(version)
  const old = parsed(json)
  const names = new Set(keySchema(kind).attributes.map(({ name }) => name))
  const blank = Object.fromEntries([...names].map((name) => [name, null]))
  const kept = Object.fromEntries(Object.entries(old).filter(([name]) => names.has(name)))
  return { ...blank, ...kept, ...limitOf(old.limit), ...placesOf(old.deliver_to), ...rotationOf(old) }
}

function limitOf(limit: Value | undefined): Record<string, Value> {
  if (limit === 'unlimited') return { limit: null, unlimited: true }
  return typeof limit === 'string' && Number.isFinite(Number(limit)) ? { limit: Number(limit) } : {}
}

/** `sink:path#field`, and `sink:NAME` for dotenv. Which of the two it was, the text tells. */
function placesOf(texts: Value | undefined): Record<string, Value> {
  if (!Array.isArray(texts)) return {}
  return { deliver_to: texts.map((text) => (typeof text === 'string' ? resolveText(text) : text)) }
}

function rotationOf({ rotate_when: text, grace = null }: ValueMap): Record<string, Value> {
  if (typeof text !== 'string') return {}
  return { rotation: { ...ROTATION, rotate_when: text, grace } }
}

const ROTATION: Readonly<Record<string, Value>> = emptyRotation()

function emptyRotation(): Record<string, Value> {
  const row = keySchema('openrouter').attributes.find(({ name }) => name === 'rotation')
  const inner = typeof row?.type === 'object' && 'attributes' in row.type ? row.type.attributes : []
  return Object.fromEntries(inner.map(({ name }) => [name, null]))
}

function parsed(json: Uint8Array | undefined): ValueMap {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(json ?? new Uint8Array()))
    if (isState(value)) return value
  } catch {
    throw unreadable()
  }
  throw unreadable()
}

function isState(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unreadable(): KeywrightError {
  return new KeywrightError('STATE_UNREADABLE', {
    message: 'The Terraform state of this key is no object.',
    hint: 'terraform state rm ADDRESS, then import the key by its hash',
  })
}

function tooNew(version: number): KeywrightError {
  return new KeywrightError('STATE_TOO_NEW', {
    message: `The state was written by a later release of the provider (schema version ${version}).`,
    hint: 'terraform init -upgrade',
  })
}
