/**
 * Lifts messages from bytes to what a provider works with, and back: values by the type they belong to, diagnostics, paths, times.
 * Which fields hold what is read from the table of messages.
 */
import { packValue, unpackValue } from '../values/msgpack.ts'
import { readState } from '../values/state-json.ts'
import type { CtyType } from '../values/types.ts'
import type { Value } from '../values/value.ts'
import { ValueError } from '../values/value-error.ts'
import { MESSAGES, type MessageName } from '../wire/messages.ts'
import type { Received } from '../wire/shape.ts'
import { type Diagnostic, diagnosticMessage, type Path, pathMessage } from './diagnostic.ts'

type Fields = Record<string, unknown>

/** `null` for an absent value too: terraform leaves out what is null. */
export function lifted(message: MessageName, fields: object, typeAt: TypeAt): Fields {
  return changed(message, fields as Fields, (kind, value, field) =>
    kind === 'DynamicValue' ? readValue(typeAt(field), value as Received<'DynamicValue'>) : value,
  )
}

export function lowered(message: MessageName, fields: object, typeAt: TypeAt): Fields {
  return changed(message, fields as Fields, (kind, value, field) => {
    if (kind === 'DynamicValue') return { msgpack: packValue(typeAt(field), (value ?? null) as Value) }
    if (value === undefined) return undefined
    if (kind === 'Diagnostic') return diagnosticMessage(value as Diagnostic)
    if (kind === 'AttributePath') return pathMessage(value as Path)
    return kind === 'Timestamp' ? timestamp(value as Date) : value
  })
}

/** The type of the value in a field; `n` for the n-th of a repeated one. */
export type TypeAt = (field: string, n?: number) => CtyType

type Change = (kind: string, value: unknown, field: string) => unknown

function changed(message: MessageName, fields: Fields, change: Change): Fields {
  const made: Fields = {}
  for (const { name, kind, isRepeated } of rowsOf(message)) {
    const value = fields[name]
    if (!isRepeated) made[name] = change(kind, value, name)
    else if (value !== undefined) made[name] = (value as readonly unknown[]).map((one) => change(kind, one, name))
  }
  return made
}

interface Row {
  readonly name: string
  readonly kind: string
  readonly isRepeated: boolean
}

const rows = new Map<MessageName, readonly Row[]>()

function rowsOf(message: MessageName): readonly Row[] {
  const found = rows.get(message)
  if (found) return found
  const made = Object.entries<string>(MESSAGES[message]).map(([name, text]) => {
    return { name, kind: text.slice(text.lastIndexOf(' ') + 1), isRepeated: text.includes(' repeated ') }
  })
  rows.set(message, made)
  return made
}

function readValue(type: CtyType, value: Received<'DynamicValue'> | undefined): Value {
  if (value === undefined) return null
  if (value.msgpack.length > 0) return unpackValue(type, value.msgpack)
  return value.json.length > 0 ? readState(type, value.json) : null
}

function timestamp(value: Date): { readonly seconds: number; readonly nanos: number } {
  const millis = value.getTime()
  if (!Number.isFinite(millis)) throw new ValueError('a time is no time')
  const seconds = Math.floor(millis / 1000)
  return { seconds, nanos: (millis - seconds * 1000) * 1_000_000 }
}
